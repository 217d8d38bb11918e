import * as z from 'zod/mini'

/** At most 8 segments of a closed alphabet: no case, no wildcard, no `.`, no escapes, so that nothing has two spellings. */
const CAPABILITY = /^(?:\/[a-z0-9-]{1,32}){1,8}$/

/** What may be done, as a path: `/tool/search`. */
export const capability = z.string().check(z.regex(CAPABILITY))

/** Whether the grammar knows it. What it does not know is below nothing (threat D1). */
export function isCapability(can: string): boolean {
  return CAPABILITY.test(can)
}

/** Whether a capability is the granted one or below it, segment by segment: `/crypto` does not cover `/cryptocurrency`. */
export function covers(granted: string, can: string): boolean {
  return isCapability(can) && (can === granted || can.startsWith(`${granted}/`))
}
