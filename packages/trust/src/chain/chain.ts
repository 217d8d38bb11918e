import { IdentityError } from '@trustmesh/identity'
import type { Opinion } from '../scoring/tiers.ts'
import type { Delegation } from '../statements/delegation.ts'
import { TrustError } from '../trust-error.ts'
import type { ChainCase, ChainUse, Executor, Moment } from './chain-case.ts'
import type { ChainCheck, ChainFault } from './chain-fault.ts'
import * as linkChecks from './link-checks.ts'
import * as useChecks from './use-checks.ts'

/** A check that was made. Those before the last one found nothing, in any link. */
export type ChainStep =
  | { readonly check: ChainCheck; readonly ok: true }
  | ({ readonly check: ChainCheck; readonly ok: false } & ChainFault)

/** What a use that is allowed may rely on, until {@link isCurrent} says otherwise. */
export interface ChainAllowance {
  readonly allow: true
  /** The root's first. */
  readonly links: readonly Delegation[]
  readonly leaf: Delegation
  /** The arguments that were checked, decoded: to act on others would be to act on unchecked ones. */
  readonly args: unknown
  /** The least of what is held of everybody on the chain but its root. */
  readonly effective: Opinion
  /** Of the knowledge that was asked. */
  readonly epoch: number
  /** How many more uses every `maxCalls` of its links leaves, by this executor's count; `null` where none has one. */
  readonly calls: number | null
  readonly trace: readonly ChainStep[]
}

/** An answer about a use of a chain: a denial names the first check that failed, and the link. */
export type ChainVerdict =
  | ChainAllowance
  | ({ readonly allow: false; readonly trace: readonly ChainStep[] } & ChainFault)

type Check = (c: ChainCase) => ChainFault | null | Promise<ChainFault | null>

/**
 * Each is made on all links before the next. What only this process can answer comes before what a port is asked, and what
 * a port remembers is changed only when all before it holds. Whoever was cut off while a port was asked is cut off (threat D7).
 */
const CHECKS: readonly (readonly [ChainCheck, Check])[] = [
  ['size', linkChecks.size],
  ['envelope', linkChecks.envelope],
  ['type', linkChecks.type],
  ['key', linkChecks.key],
  ['signature', linkChecks.signature],
  ['decode', linkChecks.decode],
  ['net', linkChecks.net],
  ['parent', linkChecks.parent],
  ['root', linkChecks.root],
  ['issuer', linkChecks.issuer],
  ['depth', linkChecks.depth],
  ['capability', linkChecks.capability],
  ['time', linkChecks.time],
  ['constraints', useChecks.constraints],
  ['revocation', informed],
  ['invocation', useChecks.invocation],
  ['revocation', informed],
  ['standing', useChecks.standing],
  ['counters', useChecks.counters],
  ['revocation', informed],
]

/**
 * Whether a chain allows a use, now. Deny is the value of every error (threat M12): it does not
 * reject. The caller's deadline is on the ports.
 */
export async function verifyChain(use: ChainUse, executor: Executor, moment: Moment): Promise<ChainVerdict> {
  const trace: ChainStep[] = []
  const links: Delegation[] = []
  const c: ChainCase = {
    use,
    executor,
    moment,
    links,
    unopened: new Map(),
    proven: new Map(),
    args: undefined,
    effective: { score: 0, confidence: 0 },
    epoch: 0,
    calls: null,
  }
  for (const [check, run] of CHECKS) {
    let fault: ChainFault | null
    try {
      const found = run(c)
      fault = found instanceof Promise ? await found : found
    } catch (error) {
      fault = { code: 'chain.error', link: null, detail: codeOf(error) }
    }
    if (fault) {
      trace.push({ check, ok: false, ...fault })
      return { allow: false, ...fault, trace }
    }
    trace.push({ check, ok: true })
  }
  const { args, effective, epoch, calls } = c
  const leaf = links.at(-1) as Delegation
  return { allow: true, links, leaf, args, effective, epoch, calls, trace }
}

/**
 * Whether an allowance still holds: to be asked again before each effect, in the same turn as it (threat D7). False where
 * anything on the chain has been cut off or has expired since, or the knowledge of it is too old.
 */
export function isCurrent(
  { links }: ChainAllowance,
  executor: Pick<Executor, 'knowledge' | 'maxStalenessMs'>,
  moment: Moment,
): boolean {
  try {
    return !linkChecks.time({ links, moment }) && !useChecks.revocation({ links, executor, moment })
  } catch {
    return false
  }
}

function informed(c: ChainCase): ChainFault | null | Promise<ChainFault | null> {
  const { learn } = c.executor
  if (!learn) return cutOff(c)
  return learn(c.links).then((learned) => {
    c.moment = { ...c.moment, ...learned }
    return cutOff(c)
  })
}

/** In one turn with the epoch: an allowance of a later one than it was checked in would hold too long (threat D7). */
function cutOff(c: ChainCase): ChainFault | null {
  c.epoch = c.executor.knowledge.epoch
  return useChecks.revocation(c)
}

function codeOf(error: unknown): string {
  return error instanceof TrustError || error instanceof IdentityError ? error.code : 'exception'
}
