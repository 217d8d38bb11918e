import * as z from 'zod/mini'

/** Most members whose word can be required. */
const MAX_MEMBERS = 16
/** Longest that a word can be required to be good for, in ms: a day. */
const MAX_AGE_MS = 86_400_000

const attestedBy = (fewest: number) =>
  z.readonly(
    z.strictObject({
      /** How long ago each of them may have said so, in ms. */
      maxAgeMs: z.int().check(z.gte(1), z.lte(MAX_AGE_MS)),
      /** How many, the decider's own node among them. */
      members: z.int().check(z.gte(fewest), z.lte(MAX_MEMBERS)),
    }),
  )

/** A freshness that is required. */
export const freshness = attestedBy(1)
/** What there is of it, which may be the word of nobody. */
export const freshnessHeld = attestedBy(0)
/** So many members attest by their heads what is known of revocations, each so lately. */
export type Freshness = z.infer<typeof freshness>

/** What of a required freshness there is, by how long ago each member attested, in ms: whatever is no such time counts for nobody. */
export function freshnessOf(agesMs: readonly number[] | undefined, { maxAgeMs }: Freshness): Freshness {
  const ages: readonly number[] = Array.isArray(agesMs) ? agesMs : []
  const young = ages.filter((ageMs) => Number.isFinite(ageMs) && ageMs >= 0 && ageMs <= maxAgeMs)
  return { maxAgeMs, members: Math.min(young.length, MAX_MEMBERS) }
}

/** Whether the ages are as fresh as is required, if anything is. */
export function isFresh(agesMs: readonly number[] | undefined, required: Freshness | undefined): boolean {
  return required === undefined || freshnessOf(agesMs, required).members >= required.members
}
