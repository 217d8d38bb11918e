import {
  decode,
  encode,
  fromBase64url,
  type Identity,
  identityFromSeed,
  openStatement,
  SEED_LENGTH,
  toBase64url,
} from '@trustmesh/identity'
import * as z from 'zod/mini'
import { didKey, read } from './fields.ts'
import { issueDelegation, parseDelegation } from './statements/delegation.ts'
import type { Issuance } from './statements/issuance.ts'
import { TrustError } from './trust-error.ts'

/** Who is invited. */
export type Guest = 'agent' | 'node'

/** What an invitation lets its holder do once: come in, as what it is for. */
export const JOIN: Readonly<Record<Guest, string>> = { agent: '/mesh/join/agent', node: '/mesh/join/node' }

/** Longest token, in characters. One of a mesh with three authorities has about 800. */
const MAX_TOKEN = 8_192

const invitationSchema = z.strictObject({
  v: z.literal(1),
  /** Where the node is that invites, `ws://` or `wss://`. */
  url: z.string().check(z.maxLength(2048), z.regex(/^wss?:\/\/[^#]+$/)),
  /** Whom to expect there. */
  node: didKey,
  root: didKey,
  authorities: z.array(didKey).check(z.maxLength(64)),
  threshold: z.int().check(z.gte(1)),
  /** Whether agents need an invitation. */
  invited: z.boolean(),
  /** Of the key that is invited: whoever has it may come in. */
  seed: z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === SEED_LENGTH),
  /** The delegation to that key. */
  link: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
})

/** Where to join which mesh, whom to expect there, and the right to: a secret until it has been used. */
export type Invitation = Readonly<Omit<z.infer<typeof invitationSchema>, 'v'>>

/** What an invitation says of the mesh, and for how long it holds. */
export interface NewInvitation extends Readonly<Omit<Invitation, 'seed' | 'link'>> {
  readonly guest: Guest
  readonly ttlMs: number
}

/** Makes a token that lets one who has it into the mesh. Rejects with {@link TrustError}: `delegation.*`, `invitation.malformed`. */
export async function issueInvitation(
  inviter: Identity,
  { guest, ttlMs, ...mesh }: NewInvitation,
  issuance: Issuance,
): Promise<string> {
  const seed = issuance.random(SEED_LENGTH)
  const delegation = { aud: identityFromSeed(seed).did, can: JOIN[guest], depth: 1, exp: issuance.clock.now() + ttlMs }
  const { bytes: link } = await issueDelegation(inviter, delegation, issuance)
  const claim = z.safeEncode(invitationSchema, { v: 1, ...mesh, authorities: [...mesh.authorities], seed, link })
  if (!claim.success) throw new TrustError('invitation.malformed')
  return toBase64url(encode(claim.data))
}

/** A token as it was handed over. Throws {@link TrustError} `invitation.malformed`. */
export function parseInvitation(token: string): Invitation {
  const { v, ...invitation } = read(invitationSchema, documentIn(token), 'invitation.malformed')
  return invitation
}

/** The delegations that show who was invited, and whom that brings in. Rejects with an error of the link where it is none, or over. */
export async function answerInvitation(
  identity: Identity,
  { seed, link }: Pick<Invitation, 'seed' | 'link'>,
  issuance: Issuance,
): Promise<readonly Uint8Array[]> {
  const parent = parseDelegation(openStatement(link))
  const last = { aud: identity.did, can: parent.can, parent }
  const { bytes } = await issueDelegation(identityFromSeed(seed), last, issuance)
  return [link, bytes]
}

function documentIn(token: string): unknown {
  try {
    return token.length > MAX_TOKEN ? null : decode(fromBase64url(token))
  } catch {
    return null
  }
}
