import * as z from 'zod/mini'
import { read } from '../fields.ts'
import type { Delegation } from '../statements/delegation.ts'
import { TrustError } from '../trust-error.ts'
import type { ChainFault } from './chain-fault.ts'
import * as linkChecks from './link-checks.ts'

const envelopes = z.array(z.custom<Uint8Array>((value) => value instanceof Uint8Array))

/**
 * The links in the envelopes of a chain, the root's first: each signed by its issuer, handed down from one root in one
 * mesh, and attenuating the one before. Whether they allow anything, now, is for {@link verifyChain} to say. Throws
 * {@link TrustError} with the `chain.*` code of the first fault, also for what is no array of envelopes.
 */
export function parseChain(input: unknown): readonly Delegation[] {
  const use = { links: read(envelopes, input, 'chain.envelope') }
  const links: Delegation[] = []
  const opening = { use, executor: {}, unopened: new Map(), proven: new Map(), links }
  const fault =
    linkChecks.size(opening) ??
    linkChecks.envelope(opening) ??
    linkChecks.type(opening) ??
    linkChecks.key(opening) ??
    linkChecks.signature(opening) ??
    linkChecks.decode(opening) ??
    faultAmong(links, links[0] as Delegation, links.at(-1) as Delegation)
  if (fault) throw new TrustError(fault.code)
  return links
}

/** Held against the mesh and the root that the first names, and against what the last allows: nobody asks for others. */
function faultAmong(links: readonly Delegation[], { net, root }: Delegation, { can }: Delegation): ChainFault | null {
  const c = { links, executor: { net, root }, use: { can } }
  return (
    linkChecks.net(c) ??
    linkChecks.parent(c) ??
    linkChecks.root(c) ??
    linkChecks.handedDown(c) ??
    linkChecks.depth(c) ??
    linkChecks.capability(c) ??
    linkChecks.window(c)
  )
}
