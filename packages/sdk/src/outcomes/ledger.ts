import { DEFAULT_MODEL, Decay, MAX_WEIGHT, STEPS, stepOf } from '@trustmesh/trust/agent'
import * as z from 'zod/mini'
import type { Outcome } from './outcome.ts'

/** What counts. That somebody is denied says nothing of either: a gate has done what it is for. */
type Counted = Exclude<Outcome, 'denied'>

/**
 * What a day is worth: `most · n/(half + n)` micro-units of evidence for n outcomes of a kind. So it counts that there were
 * some far more than how many there were, and a million are worth no more than a few dozen.
 *
 * A day of nothing but successes is less than half of what carries a stranger from 300 to 400; a day of failures takes four
 * times as much away again.
 */
const WORTH: Readonly<Record<Counted, { readonly most: number; readonly half: number }>> = {
  success: { most: 75_000, half: 10 },
  failure: { most: 300_000, half: 30 },
  timeout: { most: 150_000, half: 30 },
}

const DAY_MS = 24 * 3_600_000
/** More are not counted: they would hardly be worth anything. */
const MAX_COUNT = 10_000
const { cap: MAX_EVIDENCE, halfLifeMs: HALF_LIFE_MS } = DEFAULT_MODEL
const DECAY = new Decay(STEPS)
const NONE = perKind(() => 0)

const each = <T extends z.ZodMiniType>(value: T) => z.strictObject({ success: value, failure: value, timeout: value })
const time = z.int().check(z.nonnegative())

/** How a {@link Ledger} is kept. */
export const ledgerSchema = z.strictObject({
  /** What the days before are worth, each kind by itself, in micro-units, as of `at`. */
  past: each(z.int().check(z.gte(0), z.lte(MAX_EVIDENCE))),
  /** How many outcomes there have been since the day began. */
  day: each(z.int().check(z.gte(0), z.lte(MAX_COUNT))),
  /** When the day began, ms: with its first outcome, so that it lasts as long at whatever hour that is. */
  since: time,
  /** When the last outcome was, ms. */
  at: time,
})

/** What an agent has seen of another in one context. */
export type Ledger = Readonly<z.infer<typeof ledgerSchema>>

/** How a {@link Summary} is kept. */
export const summarySchema = z.strictObject({
  value: z.int().check(z.gte(-1000), z.lte(1000)),
  weight: z.int().check(z.gte(1), z.lte(MAX_WEIGHT)),
})

/** What is to be said of somebody: as in an attestation. */
export type Summary = Readonly<z.infer<typeof summarySchema>>

const SILENCE: Summary = { value: 0, weight: 1 }

/** What has been said deliberately is what is built on, as if it had been seen. */
export function ledgerOf({ value, weight }: Summary, now: number): Ledger {
  const said = value * weight
  return {
    past: { success: Math.max(said, 0), failure: Math.max(-said, 0), timeout: 0 },
    day: NONE,
    since: now,
    at: now,
  }
}

/** What one more outcome makes of it, at a time in ms. In which order outcomes of one time come makes no difference. */
export function entered(ledger: Ledger = ledgerOf(SILENCE, 0), outcome: Outcome, now: number): Ledger {
  if (outcome === 'denied') return ledger
  const { past, day, since } = carriedTo(ledger, now)
  return { past, day: { ...day, [outcome]: Math.min(day[outcome] + 1, MAX_COUNT) }, since, at: now }
}

/**
 * What it comes to. Failures speak against the subject. Timeouts take away what speaks for it, and no more: whoever stands
 * between can bring them about, and must not make anybody suspect (threat M12).
 */
export function summaryOf(ledger: Ledger): Summary {
  const { success, failure, timeout } = perKind((kind) => worthOf(ledger, kind))
  const positive = Math.max(success - timeout, 0)
  const weight = Math.min(Math.max(Math.ceil((positive + failure) / 1000), 1), MAX_WEIGHT)
  // Added to 0, as there is no −0 in what is signed.
  return { value: 0 + Math.trunc((positive - failure) / weight), weight }
}

/** Of the days before and of this one. The more there is already, the less a day adds. */
function worthOf({ past, day }: Pick<Ledger, 'past' | 'day'>, kind: Counted): number {
  const { most, half } = WORTH[kind]
  const today = Math.floor((most * day[kind]) / (half + day[kind]))
  return past[kind] + Math.floor((today * (MAX_EVIDENCE - past[kind])) / MAX_EVIDENCE)
}

/** As of another time. A clock that is set back takes the day with it: none begins anew by that. */
function carriedTo({ past, day, since, at }: Ledger, now: number): Omit<Ledger, 'at'> {
  const age = stepOf(now, HALF_LIFE_MS) - stepOf(at, HALF_LIFE_MS)
  const isOver = now >= since + DAY_MS
  const worth = isOver ? perKind((kind) => worthOf({ past, day }, kind)) : past
  return {
    past: perKind((kind) => DECAY.left(worth[kind], age)),
    day: isOver ? NONE : day,
    since: isOver ? now : Math.min(since, now),
  }
}

function perKind<T>(of: (kind: Counted) => T): Record<Counted, T> {
  return { success: of('success'), failure: of('failure'), timeout: of('timeout') }
}
