import { type Denial, type DenialCode, parseDenial } from '@trustmesh/trust'
import type { MatcherState } from 'vitest'

/** The code of a denial, or a part of it at whatever depth; `expect.any` and the like stand for what does not matter. */
export type ExpectedDenial = DenialCode | Part<Denial>

type Part<T> = T extends object ? { readonly [K in keyof T]?: Part<T[K]> } : T

/** What a matcher finds. */
export interface Matched {
  readonly pass: boolean
  readonly message: () => string
  readonly actual?: unknown
  readonly expected?: unknown
}

/** What something asked for came to: an answer, a denial, or another failure. */
type Outcome = { readonly denial: Denial } | { readonly answer: unknown } | { readonly failure: unknown }

/** Whether what was asked for is denied by a gate. What fails in another way is neither: where it is to be no denial, that is thrown. */
export async function toDeny(this: MatcherState, asked: unknown, expected: ExpectedDenial = {}): Promise<Matched> {
  const outcome = await outcomeOf(asked)
  if ('failure' in outcome && this.isNot) throw outcome.failure
  const { iterableEquality, subsetEquality, stringify } = this.utils
  const part = typeof expected === 'string' ? { code: expected } : expected
  const wanted = `expected ${this.isNot ? 'no denial' : 'a denial'}${expected === part ? '' : ` with ${part.code}`}`
  if (!('denial' in outcome)) {
    const instead =
      'answer' in outcome ? `was answered: ${stringify(outcome.answer)}` : `failed: ${String(outcome.failure)}`
    return { pass: false, message: () => `${wanted}, but it ${instead}` }
  }
  const { denial } = outcome
  const pass = this.equals(denial, part, [...this.customTesters, iterableEquality, subsetEquality])
  const lines = [
    `${wanted}, but it was denied with ${denial.code}`,
    `why: ${denial.why.join('; ')}`,
    `fix: ${denial.fix}`,
  ]
  return { pass, message: () => lines.join('\n'), actual: denial, expected: part }
}

async function outcomeOf(asked: unknown): Promise<Outcome> {
  try {
    const answer = await asked
    return denialIn(answer) ?? { answer }
  } catch (failure) {
    return denialIn(failure) ?? { failure }
  }
}

/** As errors and verdicts carry it. */
function denialIn(outcome: unknown): { readonly denial: Denial } | null {
  try {
    return { denial: parseDenial((outcome as { denial: unknown }).denial) }
  } catch {
    return null
  }
}
