import type { Delegation } from '../statements/delegation.ts'
import type { Executor } from './chain-case.ts'
import { type ChainFault, faultOf } from './chain-fault.ts'
import type { Knowledge } from './knowledge.ts'
import * as linkChecks from './link-checks.ts'

/** What held delegations are asked: in which mesh, from whose authority, and for what. */
export interface Grant extends Pick<Executor, 'net' | 'root'> {
  readonly can: string
  readonly knowledge: Pick<Knowledge, 'isRevoked' | 'isVoid'>
}

/**
 * What keeps delegations, each opened before, from being a chain in force, whoever uses it for what: the checks that
 * `verifyChain` makes of links. Constraints are of uses, and here there is none: a link with any grants nothing. Holds pass.
 * @param now ms; where it is left out, the chain is judged as if none of it began or ended
 */
export function faultOfHeld(links: readonly Delegation[], grant: Grant, now?: number): ChainFault | null {
  const { can, knowledge, ...executor } = grant
  const c = { links, executor, use: { can } }
  return (
    linkChecks.net(c) ??
    linkChecks.parent(c) ??
    linkChecks.root(c) ??
    linkChecks.handedDown(c) ??
    linkChecks.depth(c) ??
    linkChecks.capability(c) ??
    (now === undefined ? linkChecks.window(c) : linkChecks.time({ links, moment: { now, freshAsOf: now } })) ??
    faultOf(links, 'chain.constraint', ({ where }) => where.length === 0) ??
    faultOf(links, 'chain.void', ({ iss, id }) => !knowledge.isVoid(iss, id)) ??
    faultOf(links, 'chain.revoked', ({ iss, aud }) => !knowledge.isRevoked(iss) && !knowledge.isRevoked(aud))
  )
}
