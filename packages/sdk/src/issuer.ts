import { sha256 } from '@noble/hashes/sha2.js'
import { type Did, type Identity, openStatement, type Statement, type Verified } from '@trustmesh/identity'
import {
  type Constraint,
  type Delegation,
  type Issuance,
  issueAttestation,
  issueDelegation,
  issueInvocation,
  issueRevocation,
  parseAttestation,
  parseDelegation,
} from '@trustmesh/trust'
import { type Exchange, isAck } from './exchange.ts'

export interface AttestOptions {
  /** −1000 (never again) to 1000. */
  readonly value: number
  /** In which context, `tool/search`; general unless told otherwise. */
  readonly ctx?: string
  /** Thousandths of a unit of evidence, 1 to 3000; 2000 unless told otherwise. */
  readonly weight?: number
  /** SHA-256 hashes of what it rests on. */
  readonly evidence?: readonly Uint8Array[]
  /** How long it holds, in ms; 180 days unless told otherwise. */
  readonly ttlMs?: number
}

export interface DelegateOptions {
  /** What may be done, with all below it: `/tool/search`. */
  readonly can: string
  /** Restrictions; each has to hold whenever the chain is used, with those of every link before. */
  readonly where?: readonly Constraint[]
  /** How long it holds, in ms; a day, or as long as the chain that it goes on from, unless told otherwise. */
  readonly ttlMs?: number
  /** How many links may follow; none unless told otherwise. */
  readonly depth?: number
  /** The chain that it goes on from; without one, this agent's own authority is passed on. */
  readonly from?: Chain
  /** Who may revoke it, beside its issuers and its audience. */
  readonly revokers?: readonly Did[]
}

/** Delegations as signed envelopes, the first by the root. Hand it over however you like: it is of use to its last audience alone. */
export type Chain = readonly Uint8Array[]

const ATTESTATION_MS = 180 * 86_400_000

/** What an agent signs. Each statement resolves once the node has it on disk. */
export class Issuer {
  readonly #identity: Identity
  readonly #issuance: Issuance
  readonly #exchange: Exchange
  /** The `seq` of the last attestation. One is issued after the other: two of one `seq` would be equivocation. */
  #lastSeq: Promise<number> = Promise.resolve(-1)

  constructor(identity: Identity, issuance: Issuance, exchange: Exchange) {
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
    await this.#leave(await issued)
  }

  async delegate(aud: Did, { from = [], ttlMs, ...delegation }: DelegateOptions): Promise<Chain> {
    const parent = from.length > 0 ? { parent: leafOf(from) } : {}
    const exp = ttlMs === undefined ? {} : { exp: this.#issuance.clock.now() + ttlMs }
    const statement = await issueDelegation(this.#identity, { ...delegation, ...parent, ...exp, aud }, this.#issuance)
    await this.#leave(statement)
    return [...from, statement.bytes]
  }

  /** Revokes the last link of a chain: as whoever issued it or a link before, as its audience, or as a revoker that it names. */
  async revoke(chain: Chain, reason: string): Promise<void> {
    const { iss, id } = leafOf(chain)
    const path = iss === this.#identity.did ? {} : { path: chain }
    await this.#leave(await issueRevocation(this.#identity, { target: { iss, id }, reason, ...path }, this.#issuance))
  }

  /** The proof that goes with a use of a chain: the invocation, and the links. */
  async invoke(aud: Did, chain: Chain, can: string | undefined, args: Uint8Array): Promise<Chain> {
    const leaf = leafOf(chain)
    const { bytes } = await issueInvocation(this.#identity, { aud, leaf, can: can ?? leaf.can, args }, this.#issuance)
    return [bytes, ...chain]
  }

  async #leave({ bytes }: Verified<Statement>): Promise<void> {
    await this.#exchange.ask({ type: 'statement', bytes }, sha256(bytes), isAck)
  }
}

/** The last link. Throws an `IdentityError` or a `TrustError` for what is none. */
function leafOf(chain: Chain): Delegation {
  return parseDelegation(openStatement(chain.at(-1) ?? new Uint8Array()))
}
