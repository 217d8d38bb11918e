import { equalBytes } from '@noble/ciphers/utils.js'
import type { Random } from '@trustmesh/identity'
import { LIMITS } from '../limits.ts'
import type { FrameOf } from '../session/frames.ts'
import type { Collection } from '../session/link-frames.ts'
import {
  compareKeys,
  DAY_NIBBLES,
  dayOfKey,
  idInKey,
  KEY_NIBBLES,
  MAX_CLOCK_DAYS,
  MAX_DAY,
  nibbleAt,
  startsWith,
} from './key.ts'
import type { KeyTree } from './key-tree.ts'

/** What a round of reconciliation is about. */
export interface ReconcilerOptions {
  /** What is held here; it may change at any time. */
  readonly tree: KeyTree
  readonly of: Collection
  readonly random: Random
  /** Each how many rounds the other side is tested; 8 unless told otherwise. */
  readonly auditEvery?: number
}

/**
 * How a round ends: with nothing left to ask; before that, because the other side looks at no more or there is too much for
 * one round; or with an answer that counts for nothing, as no honest replica gives it, unless its clock is days wrong:
 * `differ.horizon`.
 */
export type RoundEnd = 'complete' | 'unfinished' | ReconciliationFault
/** Why an answer counts for nothing. */
export type ReconciliationFault = 'differ.false' | 'differ.horizon' | 'differ.keys' | 'differ.place'

/** What follows from an answer. Ids are 32 bytes. */
export interface Progress {
  /** What the other side holds and this one does not. */
  readonly wants: readonly Uint8Array[]
  /** What this side holds and the other does not. */
  readonly offers: readonly Uint8Array[]
  /** What is asked next; `null` where the round is over. */
  readonly next: FrameOf<'compare'> | null
  readonly end: RoundEnd | null
}

/** Keys that are held here in a range which is offered at once; of more it is asked in parts. */
const OFFERED_KEYS = 16
/** Ranges looked at in one round. The next goes on from there: what has been found by then no longer differs. */
const MAX_LOOKED = 131_072
/** Paths that an audit goes down. */
const DECOYS = 4

/** A range that is asked about. A decoy's fingerprint is drawn, and so nobody's. */
interface Question {
  readonly prefix: Uint8Array
  readonly isDecoy: boolean
}

interface Round {
  readonly lastHorizon: number
  horizon: number
  looked: number
  id: Uint8Array
  asked: readonly Question[]
  /** How many ranges the other side is asked about at a time: no more than it looked at last. */
  room: number
  /** Ranges that come next. */
  left: Question[]
  /** Ranges that differ and are too large to be listed: their parts come after that, those of the last one first. */
  readonly deeper: Question[]
}

/**
 * One side of a reconciliation with one other replica, the side that asks: RE-40 to RE-45. It descends where the two differ
 * until the other side's keys are few enough to be listed. Of d differences among n keys it asks O(d · log n) ranges; whatever
 * the other side answers, none twice in a round, decoys apart, and it keeps a few thousand in mind at most.
 *
 * Nobody can tell equal sets from a claim that they are equal. So every few rounds some of the fingerprints are drawn: who
 * finds those equal to its own is caught, and all others list keys that they hold at random places (threat F7).
 */
export class Reconciler {
  readonly #options: ReconcilerOptions
  #round: Round | null = null
  #rounds = 0

  constructor(options: ReconcilerOptions) {
    this.#options = options
  }

  /** Begins a round, with the first day that counts here; one that is under way is given up. */
  begin(horizon: number): FrameOf<'compare'> {
    const { auditEvery = 8 } = this.#options
    const first = { prefix: new Uint8Array(), isDecoy: false }
    const left = ++this.#rounds % auditEvery === 0 ? [first, ...this.#decoys()] : [first]
    const lastHorizon = Math.min(horizon + MAX_CLOCK_DAYS, MAX_DAY)
    const room = LIMITS.ranges
    this.#round = { lastHorizon, horizon, looked: 0, id: new Uint8Array(), asked: [], room, left, deeper: [] }
    return this.#ask(this.#round)
  }

  /** What follows from an answer; `null` where it answers nothing that is asked. */
  receive(differ: FrameOf<'differ'>): Progress | null {
    const round = this.#round
    if (!round || !equalBytes(differ.re, round.id)) return null
    const fault = faultOf(differ, round)
    if (fault) return this.#over([], [], fault)
    round.horizon = differ.horizon
    round.looked += differ.looked
    round.left.unshift(...round.asked.slice(differ.looked))
    round.room = differ.looked < round.asked.length ? differ.looked : Math.min(2 * round.room, LIMITS.ranges)
    for (const place of differ.deeper) round.deeper.push(round.asked[place] as Question)
    const wants: Uint8Array[] = []
    const offers: Uint8Array[] = []
    for (const [place, keys] of differ.listed)
      this.#settle(round, round.asked[place] as Question, keys, { wants, offers })
    if (round.left.length + round.deeper.length === 0) return this.#over(wants, offers, 'complete')
    if (differ.looked === 0 || round.looked > MAX_LOOKED) return this.#over(wants, offers, 'unfinished')
    return { wants, offers, next: this.#ask(round), end: null }
  }

  #over(wants: Uint8Array[], offers: Uint8Array[], end: RoundEnd): Progress {
    this.#round = null
    return { wants, offers, next: null, end }
  }

  #settle(
    { horizon, deeper }: Round,
    question: Question,
    theirs: readonly Uint8Array[],
    { wants, offers }: { readonly wants: Uint8Array[]; readonly offers: Uint8Array[] },
  ): void {
    const { tree } = this.#options
    if (tree.range(question.prefix, horizon).count > OFFERED_KEYS) return void deeper.push(question)
    for (const key of theirs) if (!tree.has(key)) wants.push(idInKey(key))
    for (const key of tree.keys(question.prefix, horizon)) {
      if (!theirs.some((other) => equalBytes(other, key))) offers.push(idInKey(key))
    }
  }

  #ask(round: Round): FrameOf<'compare'> {
    const { tree, of, random } = this.#options
    while (round.left.length <= round.room - 16 || round.left.length === 0) {
      const parent = round.deeper.pop()
      if (!parent) break
      round.left.push(...this.#partsOf(parent))
    }
    round.asked = round.left.splice(0, round.room)
    round.id = random(16)
    const ranges = round.asked.map(({ prefix, isDecoy }): [Uint8Array, Uint8Array] => [
      prefix,
      isDecoy ? random(32) : tree.range(prefix, round.horizon).fingerprint,
    ])
    return { type: 'compare', id: round.id, of, horizon: round.horizon, ranges }
  }

  /** The sixteen parts of a range; of a decoy one of them. */
  #partsOf({ prefix, isDecoy }: Question): Question[] {
    const nibbles = isDecoy ? [this.#drawn(16)] : Array.from({ length: 16 }, (_, nibble) => nibble)
    return nibbles.map((nibble) => ({ prefix: Uint8Array.of(...prefix, nibble), isDecoy }))
  }

  /** Days of which something is held here, the fuller ones more often. */
  #decoys(): Question[] {
    const { tree } = this.#options
    return Array.from({ length: DECOYS }).flatMap(() => {
      const key = tree.at(this.#drawn(tree.size))
      if (!key) return []
      const prefix = Uint8Array.from({ length: DAY_NIBBLES }, (_, i) => nibbleAt(key, i))
      return [{ prefix, isDecoy: true }]
    })
  }

  #drawn(below: number): number {
    return this.#options.random(4).reduce((sum, byte) => (256 * sum + byte) % Math.max(1, below), 0)
  }
}

function faultOf(differ: FrameOf<'differ'>, { asked, horizon, lastHorizon }: Round): ReconciliationFault | null {
  if (differ.horizon < horizon || differ.horizon > lastHorizon) return 'differ.horizon'
  const places = [...differ.deeper, ...differ.listed.map(([place]) => place)]
  const isPlain = new Set(places).size === places.length && places.every((place) => place < differ.looked)
  if (!isPlain || differ.looked > asked.length) return 'differ.place'
  // A whole key has no parts.
  if (differ.deeper.some((place) => asked[place]?.prefix.length === KEY_NIBBLES)) return 'differ.place'
  for (const [place, keys] of differ.listed) {
    const { prefix } = asked[place] as Question
    if (!keys.every((key, i) => isListable(key, keys[i - 1], prefix, differ.horizon))) return 'differ.keys'
  }
  const isFalse = asked.slice(0, differ.looked).some(({ isDecoy }, place) => isDecoy && !places.includes(place))
  return isFalse ? 'differ.false' : null
}

function isListable(key: Uint8Array, before: Uint8Array | undefined, prefix: Uint8Array, horizon: number): boolean {
  return startsWith(key, prefix) && dayOfKey(key) >= horizon && (!before || compareKeys(before, key) < 0)
}
