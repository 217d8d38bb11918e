/** Whose keys those of a log and of its cosigners are: chains of delegations from the root of the mesh to each. */

import { type Did, IdentityError, meshIdOf, openStatement } from '@trustmesh/identity'
import { type Delegation, faultOfHeld, MEMBER, parseDelegation, TrustError } from '@trustmesh/trust'
import { AuditError } from './audit-error.ts'
import { fromBase64, toBase64 } from './base64.ts'

/** What a node lets a key do that signs the checkpoints of its audit log, and nothing else. */
export const LOG = '/mesh/log'
/** What a node lets a key do that confirms the checkpoints of others, and nothing else. */
export const WITNESS = '/mesh/witness'

/** What a node lets a key of its own do. */
export type KeyUse = typeof LOG | typeof WITNESS

/** A node's own membership, the root's link first, and behind it the node's link to a key. */
export type KeyChain = readonly Delegation[]

/** Links from the root to a node, and the one behind them. */
const MAX_LINKS = 4
const MAX_CHAINS = 128
const MAX_TEXT = 4_194_304
const NOTHING_REVOKED = { isRevoked: () => false, isVoid: () => false }

/** Chains, each as its envelopes, in the form of the file `key-chains`: one a line, each envelope in base64, with spaces between. */
export function formatKeyChains(chains: readonly (readonly Uint8Array[])[]): string {
  return chains.map((chain) => `${chain.map(toBase64).join(' ')}\n`).join('')
}

/** Opens the chains of such a file. Throws {@link AuditError} `key-chains.malformed`. */
export function parseKeyChains(text: string): readonly KeyChain[] {
  const lines = text.split('\n')
  if (text.length > MAX_TEXT || lines.pop() !== '' || lines.length > MAX_CHAINS)
    throw new AuditError('key-chains.malformed')
  return lines.map((line) => openChain(line.split(' ').map(fromBase64)))
}

/** Opens the links of one chain. Throws {@link AuditError} `key-chains.malformed`. */
export function openChain(envelopes: readonly (Uint8Array | null)[]): KeyChain {
  if (envelopes.length > MAX_LINKS) throw new AuditError('key-chains.malformed')
  try {
    return envelopes.map((bytes) => parseDelegation(openStatement(bytes ?? new Uint8Array())))
  } catch (error) {
    if (error instanceof IdentityError || error instanceof TrustError) throw new AuditError('key-chains.malformed')
    throw error
  }
}

/** The node whose key that is, by a chain in force at that time in ms; `null` where there is none. Who is revoked a chain does not say. */
export function nodeOfKey(key: Did, can: KeyUse, chain: KeyChain, root: Did, now: number): Did | null {
  const link = chain.at(-1)
  const membership = chain.slice(0, -1)
  const net = meshIdOf(root)
  if (!link || !isKeyOf(link.iss, { key, can, link, net }, now)) return null
  const grant = { net, root, can: MEMBER, knowledge: NOTHING_REVOKED }
  const isMember = membership.at(-1)?.aud === link.iss && !faultOfHeld(membership, grant, now)
  return isMember || link.iss === root ? link.iss : null
}

/** A key, and the link by which a node of a mesh lets it do this. */
export interface LinkedKey {
  readonly key: Did
  readonly can: KeyUse
  readonly link: Delegation
  readonly net: Uint8Array
}

/** Whether a node lets the key do this at that time in ms. */
export function isKeyOf(node: Did, { key, can, link, net }: LinkedKey, now: number): boolean {
  return link.aud === key && !faultOfHeld([link], { net, root: node, can, knowledge: NOTHING_REVOKED }, now)
}
