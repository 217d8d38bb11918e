import type { Did } from '@trustmesh/identity'
import type { Attestation, Slot, Source } from '@trustmesh/trust'

/** How many Dids are roots. */
const ROOTS = 20
/** At most so many attestations by one agent, as a StatementSet keeps. */
const MOST = 1000
/** Attestations are up to so old. */
const DAYS = 360
const DAY_MS = 24 * 3_600_000
/** 2026-01-01, in ms. */
export const NOW = 1_767_225_600_000

/**
 * A mesh drawn from a seed: most agents say little and a few say much, and the same goes for how much is said of them.
 * One attestation in ten is bad. It holds its attestations in typed arrays, in the order of a crowd that speaks all at
 * once, and makes an object of one only while it is looked at: what a scorer holds of them can be weighed by itself.
 */
export class Crowd implements Source {
  readonly epoch = 0
  readonly dids: readonly Did[]
  readonly size: number
  readonly source: Int32Array
  readonly subject: Int32Array
  /** Thousandths. */
  readonly value: Int16Array
  readonly #daysAgo: Uint16Array
  readonly #random: () => number
  #looked = 0

  constructor(agents: number, attestations: number, random: () => number) {
    this.#random = random
    this.dids = Array.from({ length: agents }, (_, i) => `did:key:z6Mk${String(i).padStart(44, 'A')}` as Did)
    this.size = attestations
    this.source = new Int32Array(attestations)
    this.subject = new Int32Array(attestations)
    this.value = new Int16Array(attestations)
    this.#daysAgo = new Uint16Array(attestations)
    const places = this.#shuffled()
    const lastBy = new Int32Array(agents).fill(-1)
    let said = 0
    for (let source = 0; source < agents && said < attestations; source++) {
      for (let left = this.#loquacity(agents, attestations); left > 0 && said < attestations; left--) {
        const subject = this.#heavy(agents)
        if (subject === source || lastBy[subject] === source) continue
        lastBy[subject] = source
        this.#say(places[said++] as number, source, subject)
      }
    }
    if (said < attestations) throw new RangeError('a crowd of so few has less to say')
  }

  /** Those of whom most is said. */
  get roots(): ReadonlySet<Did> {
    return new Set(this.dids.slice(0, ROOTS))
  }

  /** Somebody has something else to say of whom he has spoken before: of now. */
  change(attestation: number): Slot {
    this.#say(attestation, this.source[attestation] as number, this.subject[attestation] as number)
    this.#daysAgo[attestation] = 0
    return this.#look(attestation)
  }

  /** The numbers of what each of these agents has said. */
  saidBy(isMeant: (did: Did) => boolean): number[][] {
    const said = new Map<number, number[]>()
    for (let i = 0; i < this.size; i++) {
      const agent = this.source[i] as number
      const known = said.get(agent)
      if (known) known.push(i)
      else said.set(agent, [i])
    }
    return [...said].flatMap(([agent, numbers]) => (isMeant(this.dids[agent] as Did) ? [numbers] : []))
  }

  *slots(): Generator<Slot> {
    for (let i = 0; i < this.size; i++) yield this.#look(i)
  }

  /** Of the slot that was looked at last. */
  attestationBy(iss: Did, sub: Did, ctx: string): Attestation {
    const evidenceAt = NOW - (this.#daysAgo[this.#looked] as number) * DAY_MS
    const value = this.value[this.#looked] as number
    const exp = NOW + DAYS * DAY_MS
    // A scorer looks at no other fields.
    return { iss, sub, ctx, value, weight: 2000, evidenceAt, iat: NOW, exp } as Attestation
  }

  suspended(): Iterable<Did> {
    return []
  }

  isRevoked(): boolean {
    return false
  }

  isSuspended(): boolean {
    return false
  }

  nextHoldOf(): number {
    return Number.POSITIVE_INFINITY
  }

  #look(attestation: number): Slot {
    this.#looked = attestation
    const [source, subject] = [this.source[attestation] as number, this.subject[attestation] as number]
    return { iss: this.dids[source] as Did, sub: this.dids[subject] as Did, ctx: '' }
  }

  #say(attestation: number, source: number, subject: number): void {
    this.source[attestation] = source
    this.subject[attestation] = subject
    this.value[attestation] = Math.ceil(this.#random() * 1000) * (this.#random() < 0.1 ? -1 : 1)
    this.#daysAgo[attestation] = Math.floor(this.#random() * DAYS)
  }

  /** How many attestations one agent makes: a Pareto law with exponent 1.5, and enough for all of them. */
  #loquacity(agents: number, attestations: number): number {
    const least = attestations / agents / 2
    return Math.min(Math.ceil(least * (1 - this.#random()) ** (-1 / 1.5)), MOST)
  }

  /** An agent, lower numbers far more often than higher ones. */
  #heavy(agents: number): number {
    return Math.floor(agents * this.#random() ** 3)
  }

  #shuffled(): Int32Array {
    const places = Int32Array.from({ length: this.size }, (_, i) => i)
    for (let i = this.size - 1; i > 0; i--) {
      const other = Math.floor(this.#random() * (i + 1))
      const place = places[i] as number
      places[i] = places[other] as number
      places[other] = place
    }
    return places
  }
}
