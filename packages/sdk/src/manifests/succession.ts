import { type Identity, type Keystore, openStatement, type Statement } from '@trustmesh/identity'
import { equalBytes } from '@trustmesh/protocol'
import { commitmentTo, type Issuance, issueRotation, parseManifest, proveSuccession } from '@trustmesh/trust/agent'
import { MeshError } from '../mesh-error.ts'

export interface SuccessionOptions {
  readonly identity: Identity
  /** Where it is kept, and by what name. */
  readonly keystore: Keystore
  readonly name: string
  readonly issuance: Issuance
  /** Envelope of its first manifest; `null` where it has none. */
  readonly first: Uint8Array | null
  /** Leaves a statement with the node; resolves once that is on disk there. */
  readonly leave: (envelope: Uint8Array) => Promise<unknown>
}

/**
 * Hands an identity over to the key that it has committed itself to (threat I12). At any moment the keystore has either the
 * one or the other: who is interrupted finds with {@link isUnfinished} that there is something to finish, and does so with
 * {@link rotate}, which says the same once more.
 */
export class Succession {
  readonly #options: SuccessionOptions
  #rotating: Promise<Identity> | undefined
  #rotation: Statement | undefined

  constructor(options: SuccessionOptions) {
    this.#options = options
  }

  /** Whether an earlier run began to rotate: the mesh may have heard of it, and trust this identity no more. */
  isUnfinished(): Promise<boolean> {
    const { keystore, name } = this.#options
    return keystore.isPrepared(name)
  }

  /**
   * Resolves to the new identity, once the node has the rotation on disk and the key is in place. Rejects with
   * `rotation.no-heir`, `rotation.uncommitted`, or with whatever the keystore or the node fails with: then it may be called
   * again.
   */
  rotate(): Promise<Identity> {
    this.#rotating ??= this.#rotate().finally(() => {
      this.#rotating = undefined
    })
    return this.#rotating
  }

  async #rotate(): Promise<Identity> {
    const { identity, keystore, name, issuance, first, leave } = this.#options
    // The commitment of the heir has to outlast this before anybody hears of it: it cannot be changed afterwards.
    const heirs = await keystore.prepare(name)
    if (!heirs) throw new MeshError('rotation.no-heir', { detail: 'no key was made to succeed this one' })
    const { heir, next: afterwards } = heirs
    // Who names a successor keeps nothing, even if that comes to nothing.
    if (!first || !isCommitted(first, heir))
      throw new MeshError('rotation.uncommitted', { detail: 'the first manifest commits to another key, or to none' })
    const next = commitmentTo(afterwards.did)
    const proof = await proveSuccession(heir, { net: issuance.net, from: identity.did, next })
    // Said once in a run: of a key that says it over and over none may count in the end (ST-77).
    this.#rotation ??= await issueRotation(identity, { to: heir.did, next, proof }, issuance)
    await leave(first)
    await leave(this.#rotation.bytes)
    return await keystore.succeed(name, heir.did)
  }
}

function isCommitted(first: Uint8Array, { did }: Identity): boolean {
  const { next } = parseManifest(openStatement(first))
  return next !== undefined && equalBytes(next, commitmentTo(did))
}
