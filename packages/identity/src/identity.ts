import { engine } from '#engine'
import { type Did, didOf, keyOf } from './did.ts'
import { verifyWith } from './ed25519/verify.ts'
import { type Encodable, encode } from './encoding.ts'
import { IdentityError } from './identity-error.ts'
import type { Random } from './ports.ts'
import { type Preimage, preimage, type SigningLabel } from './signing.ts'
import { checkpointForm, cosignatureForm, type TreeHead } from './tree-head.ts'

/**
 * Where a secret key lives: this process, a file, a KMS, an HSM. It is asked for signatures over {@link Preimage}s only,
 * that is, never over bytes that a caller or a peer chose.
 */
export interface Signer {
  /** The 32 raw bytes of the public key. */
  readonly publicKey: Uint8Array
  /** The 64 bytes of an Ed25519 signature. */
  sign(message: Preimage): Uint8Array | Promise<Uint8Array>
}

/** What is signed: a msgpack map. */
export type Claim = { readonly [field: string]: Encodable | undefined }

/** A claim as it was signed. */
export interface Signed {
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

declare const able: unique symbol

/** A Did that can sign. Made by this file alone: that its signatures are those of its Did needs no proof anywhere else. */
export interface Identity {
  readonly [able]: true
  readonly did: Did
  /** Encodes the claim and signs it under the label. Rejects with whatever the signer rejects with, or `signer.*`. */
  sign(label: SigningLabel, claim: Claim): Promise<Signed>
  /** Signs the head of the log that is called by this Did. Rejects with `signer.tree-head`, or as `sign`. */
  signCheckpoint(head: Omit<TreeHead, 'origin'>): Promise<Uint8Array>
  /** Signs that it has seen the head of another log, at a time in seconds since the Unix epoch. Rejects with `signer.tree-head`, or as `sign`. */
  cosign(head: TreeHead, at: number): Promise<Uint8Array>
}

/** Length of the secret seed of a key, in bytes. */
export const SEED_LENGTH = 32

/** An identity whose key is held elsewhere. Each signature is verified before it is used: a faulty signer can leak its key. */
export function identityOf(signer: Signer): Identity {
  const did = didOf(signer.publicKey)
  return signing(did, async (message) => {
    const signature = await signer.sign(message)
    if (!verify(did, message, signature)) throw new IdentityError('signer.faulty')
    return signature
  })
}

/** The identity of a 32-byte secret seed, held in this process. */
export function identityFromSeed(seed: Uint8Array): Identity {
  if (seed.length !== SEED_LENGTH) throw new IdentityError('key.length')
  const secret = engine.secret(seed)
  return signing(didOf(secret.publicKey), (message) => secret.sign(message))
}

/** A new identity. */
export function generateIdentity(random: Random): Identity {
  return identityFromSeed(random(SEED_LENGTH))
}

/** Whether `signature` is the Did's over exactly these bytes, by the acceptance rule of the mesh. */
export function verify(did: Did, message: Preimage, signature: Uint8Array): boolean {
  return verifyWith(engine, keyOf(did), message, signature)
}

/** Whether `payload` was signed by the Did under the label. */
export function verifySigned(did: Did, label: SigningLabel, { payload, signature }: Signed): boolean {
  return verify(did, preimage(label, keyOf(did), payload), signature)
}

/** Whether the log has signed this head of itself. Throws {@link IdentityError} `signer.tree-head`. */
export function verifyCheckpoint(head: TreeHead, signature: Uint8Array): boolean {
  return verify(head.origin, checkpointForm(head), signature)
}

/** Whether the Did has signed that it saw the head, at a time in seconds. Throws {@link IdentityError} `signer.tree-head`. */
export function verifyCosignature(did: Did, head: TreeHead, at: number, signature: Uint8Array): boolean {
  return verify(did, cosignatureForm(head, at), signature)
}

function signing(did: Did, sign: (message: Preimage) => Uint8Array | Promise<Uint8Array>): Identity {
  const key = keyOf(did)
  return {
    did,
    async sign(label, claim) {
      const payload = encode(claim)
      return { payload, signature: await sign(preimage(label, key, payload)) }
    },
    signCheckpoint: async (head) => await sign(checkpointForm({ ...head, origin: did })),
    async cosign(head, at) {
      // Of its own log a key confirms nothing.
      if (head.origin === did) throw new IdentityError('signer.tree-head')
      return await sign(cosignatureForm(head, at))
    },
  } satisfies Omit<Identity, typeof able> as Identity
}
