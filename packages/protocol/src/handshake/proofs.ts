/** What each side signs, and how the other checks it. */

import {
  type Claim,
  type Did,
  didOf,
  encode,
  IdentityError,
  keyOf,
  type ProtocolLabel,
  verifySigned,
} from '@trustmesh/identity'
import { ProtocolError } from '../protocol-error.ts'
import type { Proof, Purpose } from './frames.ts'

/** The responder vouches for the mesh, the purpose and both ephemerals. Its own Did is in the signing form. */
export function responderClaim(net: Uint8Array, purpose: Purpose, transcript: Uint8Array): Claim {
  return { net, purpose, transcript }
}

/** The initiator vouches for everything so far, and names whom it means: no third party can be put in either place. */
export function initiatorClaim(transcript: Uint8Array, responder: Did): Claim {
  return { transcript, responder: keyOf(responder) }
}

/** The Did that a proof names, once its signature has been verified. */
export function verifiedProver(proof: Proof, label: ProtocolLabel, claim: Claim): Did {
  const did = namedIn(proof)
  if (!proof.sig) throw new ProtocolError('handshake.signature')
  if (!verifySigned(did, label, { payload: encode(claim), signature: proof.sig }))
    throw new ProtocolError('handshake.signature')
  return did
}

/** The Did that a proof names in a resumption, where knowing the ticket's secret takes the place of a signature. */
export function resumedProver(proof: Proof): Did {
  if (proof.sig) throw new ProtocolError('handshake.malformed')
  return namedIn(proof)
}

function namedIn(proof: Proof): Did {
  try {
    return didOf(proof.did)
  } catch (cause) {
    throw cause instanceof IdentityError ? new ProtocolError('handshake.weak-key', { cause }) : cause
  }
}
