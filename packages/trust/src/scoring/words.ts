import { MAX_SKEW_MS } from '../skew.ts'
import type { Attestation } from '../statements/attestation.ts'
import { Decay, STEPS, stepOf } from './decay.ts'
import type { Model } from './model.ts'

const DECAY = new Decay(STEPS)

/** What one issuer holds of one subject, all in all. */
export interface Testimony {
  /** Micro-units, negative where it speaks against the subject. */
  readonly evidence: number
  /** The step that the evidence is of. */
  readonly since: number
  /** When there will be something else to say, in ms. */
  readonly until: number
}

/** An issuer's attestation of a subject, so many contexts above the one in question. */
export type Word = readonly [above: number, attestation: Attestation]

/**
 * One issuer's words about one subject in a context and in those above it, as one: the nearer weigh more, and what
 * speaks for the subject is set off against what speaks against it. `null` where they say nothing, now and later.
 */
export function testimonyOf(words: readonly Word[], now: number, model: Model): Testimony | null {
  const { cap, halfLifeMs } = model
  let until = Number.POSITIVE_INFINITY
  let since = 0
  for (const word of words) {
    const { iat, exp, evidenceAt } = word[1]
    if (saidBy(word, model) === 0 || !(now < exp)) continue
    until = Math.min(until, isHeard(word, now) ? exp : iat - MAX_SKEW_MS)
    if (isHeard(word, now)) since = Math.max(since, stepOf(evidenceAt, halfLifeMs))
  }
  if (until === Number.POSITIVE_INFINITY) return null
  let evidence = 0
  for (const word of words) {
    if (isHeard(word, now)) evidence += DECAY.left(saidBy(word, model), since - stepOf(word[1].evidenceAt, halfLifeMs))
  }
  return { evidence: Math.max(-cap, Math.min(evidence, cap)), since, until }
}

/** Micro-units, as thousandths of a unit times thousandths of v are. */
function saidBy([above, { value, weight }]: Word, { cap, inheritance }: Model): number {
  let said = Math.max(-cap, Math.min(weight * value, cap))
  for (let step = 0; step < above; step++) said = Math.trunc((said * inheritance) / 1000)
  return said
}

function isHeard([, { iat, exp }]: Word, now: number): boolean {
  return iat <= now + MAX_SKEW_MS && now < exp
}
