import { IdentityError } from '@trustmesh/identity'
import type { Delegation } from '../statements/delegation.ts'
import { TrustError } from '../trust-error.ts'

/** The checks of a chain, in their order, and what each can find. `docs/spec/delegation.md` is the normative description. */
export const CHAIN_CODES = {
  size: ['chain.length', 'chain.size'],
  envelope: ['chain.envelope'],
  type: ['chain.type'],
  key: ['chain.key'],
  signature: ['chain.signature'],
  decode: ['chain.decode'],
  net: ['chain.net'],
  parent: ['chain.parent', 'chain.repeat'],
  root: ['chain.root'],
  issuer: ['chain.issuer'],
  depth: ['chain.depth'],
  capability: ['chain.capability'],
  time: ['chain.window', 'chain.early', 'chain.expired'],
  constraints: ['chain.args', 'chain.constraint'],
  revocation: ['chain.void', 'chain.revoked', 'chain.suspended', 'chain.stale'],
  invocation: [
    'chain.peer',
    'chain.invocation-missing',
    'chain.invocation',
    'chain.invocation-net',
    'chain.invocation-issuer',
    'chain.invocation-executor',
    'chain.invocation-leaf',
    'chain.invocation-capability',
    'chain.invocation-args',
    'chain.invocation-early',
    'chain.invocation-expired',
    'chain.invocation-replayed',
  ],
  standing: ['chain.standing'],
  counters: ['chain.exhausted'],
} as const

/** A check of a chain. */
export type ChainCheck = keyof typeof CHAIN_CODES
/** Why a chain does not allow a use; `chain.error`: a check threw. Stable: match on it. */
export type ChainCode = (typeof CHAIN_CODES)[ChainCheck][number] | 'chain.error'

/** What is wrong, and with which link, counted from the root; `null` where it is not with a link. */
export interface ChainFault {
  readonly code: ChainCode
  readonly link: number | null
  /** The code of the error, or the constraint, behind it. Bounded, and safe to print. */
  readonly detail?: string
}

/** The code of an error that says what is broken in the input. Any other is thrown on. */
export function brokenBy(error: unknown): string {
  if (error instanceof IdentityError || error instanceof TrustError) return error.code
  throw error
}

/** The first link of which something does not hold, given the link before it and its place. */
export function faultOf(
  links: readonly Delegation[],
  code: ChainCode,
  holds: (link: Delegation, previous: Delegation | undefined, at: number) => boolean,
): ChainFault | null {
  let previous: Delegation | undefined
  for (const [link, each] of links.entries()) {
    if (!holds(each, previous, link)) return { code, link }
    previous = each
  }
  return null
}
