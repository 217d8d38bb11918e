/**
 * Everything that is ever signed has this form, the heads of logs apart (`tree-head.ts`), after DSSE's pre-authentication encoding:
 *
 *     "TrustMesh/v1" SP len(label) SP label SP signer (32 raw bytes) SP len(payload) SP payload
 *
 * Lengths make it unambiguous, the label keeps a signature from meaning anything elsewhere (threat H7), and the payload is
 * always a document that we encoded ourselves, never bytes that a peer chose (threat H8).
 */

import { IdentityError } from './identity-error.ts'

/** What a statement may be called. Labels of other signatures contain a `/`, so that no statement can pass for one. */
const STATEMENT_TYPE = /^[a-z][a-z0-9-]{0,31}$/
/** Whatever a signature may stand under. */
const LABEL = /^[a-z][a-z0-9-]{0,31}(?:\/[a-z][a-z0-9-]{0,31})?$/

/** Signatures that are not statements. */
export type ProtocolLabel = 'handshake/responder' | 'handshake/initiator' | 'rotation/successor'
/** A statement's type, or a protocol label. */
export type SigningLabel = ProtocolLabel | (string & {})

declare const labelled: unique symbol

/** Bytes in the signing form, or the text of a head of a log (`tree-head.ts`). Nothing else makes them, so that a {@link Signer} cannot be handed anything else. */
export type Preimage = Uint8Array & { readonly [labelled]: true }

const PREFIX = 'TrustMesh/v1'

/** Whether `type` can name a statement. */
export function isStatementType(type: string): boolean {
  return STATEMENT_TYPE.test(type)
}

/** The bytes to sign or verify for a payload under a label. Throws {@link IdentityError} with `signer.label`. */
export function preimage(label: SigningLabel, signer: Uint8Array, payload: Uint8Array): Preimage {
  if (!LABEL.test(label)) throw new IdentityError('signer.label')
  const head = `${PREFIX} ${label.length} ${label} `
  const middle = ` ${payload.length} `
  const form = new Uint8Array(head.length + signer.length + middle.length + payload.length)
  writeAscii(form, 0, head)
  form.set(signer, head.length)
  writeAscii(form, head.length + signer.length, middle)
  form.set(payload, form.length - payload.length)
  return form as Preimage
}

/** In a loop: for texts as short as these a call of an encoder takes longer. */
function writeAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i)
}
