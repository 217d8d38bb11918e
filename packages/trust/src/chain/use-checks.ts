/** Whether links that are sound allow this use, by this peer, with these arguments, now. */

import { type Did, decodeBody, openStatement, sha256 } from '@trustmesh/identity'
import { isSame } from '../fields.ts'
import { type Opinion, reaches, type Tier } from '../scoring/tiers.ts'
import { MAX_SKEW_MS } from '../skew.ts'
import type { Delegation } from '../statements/delegation.ts'
import { type Invocation, parseInvocation } from '../statements/invocation.ts'
import type { ChainCase, Executor, Moment } from './chain-case.ts'
import { brokenBy, type ChainCode, type ChainFault, faultOf } from './chain-fault.ts'
import type { Constraint, Term } from './constraints.ts'
import { evaluate, fuelOfChain, type Truth } from './evaluation.ts'
import type { Charge } from './use-counters.ts'

/** Of all links, all have to be true: what is unknown is no reason to allow. */
export function constraints(c: ChainCase): ChainFault | null {
  try {
    if (c.use.args) c.args = decodeBody(c.use.args)
  } catch (error) {
    return { code: 'chain.args', link: null, detail: brokenBy(error) }
  }
  const fuel = fuelOfChain()
  const truthOf = (constraint: Constraint): Truth => {
    switch (constraint.op) {
      case 'executors':
        return constraint.dids.includes(c.executor.did)
      // These have a check of their own.
      case 'maxCalls':
      case 'rate':
      case 'minTier':
        return true
      default:
        return evaluate(constraint, c.args, fuel)
    }
  }
  for (const [link, { where }] of c.links.entries()) {
    const failed = where.findIndex((constraint) => truthOf(constraint) !== true)
    if (failed >= 0) return { code: 'chain.constraint', link, detail: `${failed} ${where[failed]?.op}` }
  }
  return null
}

/** Of every link and everybody on the chain: each rule that denies, denies (threat R13). */
export function revocation({ links, executor, moment: { now, freshAsOf } }: Cut): ChainFault | null {
  const { knowledge, maxStalenessMs } = executor
  // Whoever issued a later link is the audience of the one before.
  const ofNobody = (isCut: (did: Did) => boolean) => (link: Delegation, previous?: Delegation) => {
    return !isCut(link.aud) && (previous !== undefined || !isCut(link.iss))
  }
  return (
    faultOf(links, 'chain.void', ({ iss, id }) => !knowledge.isVoid(iss, id)) ??
    faultOf(
      links,
      'chain.revoked',
      ofNobody((did) => knowledge.isRevoked(did)),
    ) ??
    faultOf(
      links,
      'chain.suspended',
      ofNobody((did) => knowledge.isSuspended(did, now)),
    ) ??
    (now - freshAsOf <= maxStalenessMs ? null : { code: 'chain.stale', link: null })
  )
}

interface Cut {
  readonly links: readonly Delegation[]
  readonly moment: Moment
  readonly executor: Pick<Executor, 'knowledge' | 'maxStalenessMs'>
}

/** That whoever is there asks for this, of this executor, for the first time. Claims the invocation when all else is right. */
export function invocation(c: ChainCase): ChainFault | null | Promise<ChainFault | null> {
  const { use, executor, moment, links } = c
  const leaf = links.at(-1) as Delegation
  if (leaf.aud !== use.peer) return { code: 'chain.peer', link: links.length - 1 }
  if (!use.invocation) {
    return executor.needsInvocation === false ? null : { code: 'chain.invocation-missing', link: null }
  }
  let invoked: Invocation
  try {
    invoked = parseInvocation(openStatement(use.invocation))
  } catch (error) {
    return { code: 'chain.invocation', link: null, detail: brokenBy(error) }
  }
  const code = mismatchOf(invoked, c, leaf)
  if (code) return { code, link: null }
  return executor.replayWindow
    .claim(invoked.id, invoked.exp + MAX_SKEW_MS, moment.now)
    .then((isFirst) => (isFirst === true ? null : { code: 'chain.invocation-replayed', link: null }))
}

function mismatchOf(invoked: Invocation, { use, executor, moment: { now } }: ChainCase, leaf: Delegation) {
  const held: readonly (readonly [code: ChainCode, holds: boolean])[] = [
    ['chain.invocation-net', isSame(invoked.net, executor.net)],
    ['chain.invocation-issuer', invoked.iss === leaf.aud],
    ['chain.invocation-executor', invoked.aud === executor.did],
    ['chain.invocation-leaf', invoked.leaf === leaf.id],
    ['chain.invocation-capability', invoked.can === use.can],
    ['chain.invocation-args', use.args !== undefined && isSame(invoked.args, sha256(use.args))],
    ['chain.invocation-early', now + MAX_SKEW_MS >= invoked.iat],
    ['chain.invocation-expired', now < invoked.exp + MAX_SKEW_MS],
  ]
  return held.find(([, holds]) => !holds)?.[0]
}

/** Who acts through another is trusted as the least of them (threat T7). The root is not asked: it is the authority. */
export function standing(c: ChainCase): ChainFault | null {
  const opinions = c.links.map(({ aud }) => c.executor.standingOf(aud) ?? NOTHING)
  c.effective = opinions.reduce(({ score, confidence }, each) => ({
    score: Math.min(score, each.score),
    confidence: Math.min(confidence, each.confidence),
  }))
  // To reach the lowest tier is to be a number.
  const need: Tier[] = [c.executor.minTier ?? 'untrusted']
  for (const [, , term] of termsOf(c.links)) if (term.op === 'minTier') need.push(term.tier)
  const tooLow = opinions.findIndex((opinion) => !need.every((tier) => reaches(opinion, tier)))
  return tooLow < 0 ? null : { code: 'chain.standing', link: tooLow }
}

const NOTHING: Opinion = { score: 0, confidence: 0 }

/** Counts the use of every link that counts its uses, or of none. */
export function counters(c: ChainCase): Promise<ChainFault | null> | null {
  const { links, executor, moment } = c
  const { now } = moment
  const charges: Charge[] = []
  const charged: number[] = []
  for (const [link, constraint, term] of termsOf(links)) {
    if (term.op !== 'maxCalls' && term.op !== 'rate') continue
    const { id, exp } = links[link] as Delegation
    const windowMs = term.op === 'rate' ? term.windowMs : null
    const untilMs = Math.min(exp + MAX_SKEW_MS, now + (windowMs ?? Number.POSITIVE_INFINITY))
    charges.push({ link: id, constraint, limit: term.limit, windowMs, untilMs })
    charged.push(link)
  }
  if (charges.length === 0) return null
  return executor.useCounters.charge(charges, now).then((left) => {
    const reached = charges.findIndex((_, i) => !((left[i] ?? Number.NaN) >= 0))
    if (reached >= 0) return { code: 'chain.exhausted', link: charged[reached] ?? null }
    // Those of a window come back.
    const calls = left.filter((_, i) => charges[i]?.windowMs === null)
    if (calls.length > 0) c.calls = Math.min(...calls)
    return null
  })
}

/** The terms of all links, each with its link's place and its own. */
function* termsOf(links: readonly Delegation[]): Generator<readonly [link: number, constraint: number, term: Term]> {
  for (const [link, { where }] of links.entries()) {
    for (const [at, constraint] of where.entries()) if (isTerm(constraint)) yield [link, at, constraint]
  }
}

function isTerm(constraint: Constraint): constraint is Term {
  const { op } = constraint
  return op === 'executors' || op === 'maxCalls' || op === 'rate' || op === 'minTier'
}
