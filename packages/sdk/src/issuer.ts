import { sha256 } from '@noble/hashes/sha2.js'
import type { Did, Identity } from '@trustmesh/identity'
import {
  type Constraint,
  type Issuance,
  issueAttestation,
  issueDelegation,
  issueInvocation,
  issueRevocation,
  parseAttestation,
} from '@trustmesh/trust/agent'
import { Chain, type Within } from './chain.ts'
import { type Exchange, isAck } from './exchange.ts'

/** What is said of somebody. */
export interface AttestOptions {
  /** −1000 (never again) to 1000. */
  readonly value: number
  /** In which context, `tool/search`; general unless told otherwise. */
  readonly ctx?: string
  /** Thousandths of a unit of evidence, 1 to 3000; 2000 unless told otherwise. */
  readonly weight?: number
  /** SHA-256 hashes of what it rests on. */
  readonly evidence?: readonly Uint8Array[]
  /** When that was gathered, ms; now unless told otherwise. */
  readonly evidenceAt?: number
  /** How long it holds, in ms; 180 days unless told otherwise. */
  readonly ttlMs?: number
}

/** What is let, and how far. */
export interface DelegateOptions<Can extends string = string, From extends string = string> {
  /** What may be done, with all below it: `/tool/search`. No more than {@link DelegateOptions.from} allows. */
  readonly can: Can
  /** Restrictions; each has to hold whenever the chain is used, with those of every link before. */
  readonly where?: readonly Constraint[]
  /** How long it holds, in ms; a day, or as long as the chain that it goes on from, unless told otherwise. */
  readonly ttlMs?: number
  /** How many links may follow; none unless told otherwise. */
  readonly depth?: number
  /** The chain that it goes on from; without one, this agent's own authority is passed on. */
  readonly from?: Chain<From>
  /** Who may revoke it, beside its issuers and its audience. */
  readonly revokers?: readonly Did[]
}

const ATTESTATION_MS = 180 * 86_400_000

/** What an agent signs. Each statement resolves once the node has it on disk. */
export class Issuer {
  readonly #identity: Identity
  readonly #issuance: Issuance
  readonly #exchange: Pick<Exchange, 'ask'>
  /** The `seq` of the last attestation. One is issued after the other: two of one `seq` would be equivocation. */
  #lastSeq: Promise<number> = Promise.resolve(-1)

  constructor(identity: Identity, issuance: Issuance, exchange: Pick<Exchange, 'ask'>) {
    this.#identity = identity
    this.#issuance = issuance
    this.#exchange = exchange
  }

  async attest(sub: Did, { ttlMs = ATTESTATION_MS, ...attestation }: AttestOptions): Promise<void> {
    const previous = this.#lastSeq
    const exp = this.#issuance.clock.now() + ttlMs
    const issued = previous.then((previousSeq) =>
      issueAttestation(this.#identity, { ...attestation, sub, exp, previousSeq }, this.#issuance),
    )
    this.#lastSeq = issued.then(
      (statement) => parseAttestation(statement).seq,
      () => previous,
    )
    await this.leave((await issued).bytes)
  }

  async delegate<From extends string = string, Can extends Within<From> = Within<From>>(
    aud: Did,
    { from, ttlMs, ...delegation }: DelegateOptions<Can, From>,
  ): Promise<Chain<Can>> {
    const parent = from && { parent: from.leaf }
    const exp = ttlMs === undefined ? {} : { exp: this.#issuance.clock.now() + ttlMs }
    const statement = await issueDelegation(this.#identity, { ...delegation, ...parent, ...exp, aud }, this.#issuance)
    // Before anybody has it: what is of no use to its audience is not given out.
    const chain = Chain.from([...(from?.links ?? []), statement.bytes])
    await this.leave(statement.bytes)
    return chain as Chain<Can>
  }

  /** Revokes the last link of a chain: as whoever issued it or a link before, as its audience, or as a revoker that it names. */
  async revoke({ leaf, links }: Chain, reason: string): Promise<void> {
    const { iss, id } = leaf
    const path = iss === this.#identity.did ? {} : { path: links }
    await this.leave(
      (await issueRevocation(this.#identity, { target: { iss, id }, reason, ...path }, this.#issuance)).bytes,
    )
  }

  /** The proof that goes with a use of a chain: the invocation, and the links. */
  async invoke(
    aud: Did,
    { leaf, links }: Chain,
    can: string | undefined,
    args: Uint8Array,
  ): Promise<readonly Uint8Array[]> {
    const { bytes } = await issueInvocation(this.#identity, { aud, leaf, can: can ?? leaf.can, args }, this.#issuance)
    return [bytes, ...links]
  }

  /** Leaves a statement with the node: resolves once that is in force and on disk there. Rejects with {@link MeshError}. */
  async leave(bytes: Uint8Array): Promise<void> {
    await this.#exchange.ask({ type: 'statement', bytes }, sha256(bytes), isAck)
  }
}
