/** The fields that the schemas of the admin API are made of. */

import { type Did, parseDid, type StatementId } from '@trustmesh/identity'
import { isCapability, isContext } from '@trustmesh/trust/words'
import * as z from 'zod'

/** A Did, which is refused by the code of what is wrong with it. */
export const did = z
  .string()
  .transform((text): Did => parseDid(text))
  .meta({ id: 'Did', description: 'An Ed25519 did:key in its one spelling: did:key:z6Mk…' })

/** The id of a statement: 64 hex digits. */
export const statementId = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((text) => text as StatementId)
  .meta({ id: 'StatementId', description: 'SHA-256 of what is signed, in lower-case hex.' })

/** What is revoked: a Did, or one statement of an issuer. */
export const target = z.union([z.strictObject({ did }), z.strictObject({ iss: did, id: statementId })]).meta({
  id: 'RevocationTarget',
  description: 'A Did with all that it issued, or one statement.',
})

/** Milliseconds since the Unix epoch. */
export const timeMs = z.int().nonnegative()
/** A time as people read it: ISO 8601, UTC. */
export const timeText = z.iso.datetime()
/** How many there are of something. */
export const count = z.int().nonnegative()
/** Thousandths, or a score. */
export const share = z.int().min(0).max(1000)
/** The name of a static token. */
export const tokenName = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/)
/** Who did something: the name of a static token, or a Did. */
export const person = z.string().max(128)
/** A stable code, as `store.full`. */
export const code = z.string().max(128)
/** In which context somebody is rated; empty for the general one. */
export const context = z.string().max(263).refine(isContext)
/** An envelope, in base64url without padding. */
export const envelope = z
  .string()
  .min(1)
  .max(87_382)
  .regex(/^[A-Za-z0-9_-]+$/)

/** Text with nothing in it that forges a line or the order of what stands around it (threat A7). */
const PLAIN_TEXT = /^[^\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u

/** Why somebody is cut off: signed, replicated and shown. */
export const reason = z.string().normalize('NFC').min(1).max(256).regex(PLAIN_TEXT)

/** A whole number in a query, of at most nine digits. */
function queryNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^(?:0|[1-9]\d{0,8})$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max))
}

/** An index in a log, in a query. */
export const queryIndex = queryNumber(0, 999_999_999)

/** One value that is asked for, or, after a `!`, that is not. */
export interface Filter<T> {
  readonly isNot: boolean
  readonly value: T
}

/** A filter by one of a few words. */
export function wordFilter<const W extends readonly string[]>(words: W) {
  return z
    .string()
    .regex(new RegExp(`^!?(?:${words.join('|')})$`))
    .transform((text) => filterIn(text, (value) => value as W[number]))
}

/** A filter by a Did. */
export const didFilter = z
  .string()
  .max(129)
  .transform((text) => filterIn(text, parseDid))
  .meta({ id: 'DidFilter', description: 'A Did; with ! before it, all others.' })

/** A filter by a context. */
export const contextFilter = z
  .string()
  .max(264)
  .refine((text) => isContext(text.replace(/^!/, '')))
  .transform((text) => filterIn(text, (value) => value))

/** A filter by a capability. */
export const capabilityFilter = z
  .string()
  .max(265)
  .refine((text) => isCapability(text.replace(/^!/, '')))
  .transform((text) => filterIn(text, (value) => value))

function filterIn<T>(text: string, parse: (value: string) => T): Filter<T> {
  const isNot = text.startsWith('!')
  return { isNot, value: parse(isNot ? text.slice(1) : text) }
}

/** What every list takes: how many at most, and behind which. */
export const pageQuery = {
  limit: queryNumber(1, 500).default(100),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,256}$/)
    .optional(),
}

/** A page of a list. `cursor` is where the next begins, and `null` where there is none. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item), cursor: z.string().nullable() })
}

/** The parameters of a route that names somebody, or a statement. */
export const ofDid = z.strictObject({ did })
export const ofStatement = z.strictObject({ id: statementId })
