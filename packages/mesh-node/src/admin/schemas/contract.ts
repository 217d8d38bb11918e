import type * as z from 'zod'
import type { Role } from '../person.ts'

/** Of the API: the first number moves when a client that was made for it would no longer be understood. */
export const API_VERSION = '1.0.0'

/** One route of the admin API: all that its server, its clients, its documentation and its tests have to know. */
export interface Contract {
  /** Its `operationId`. */
  readonly id: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** With `:name` for each parameter, and `*` for all that follows. */
  readonly path: string
  /** Who may use it; `anybody` is whoever has yet to say who they are. */
  readonly role: Role | 'anybody'
  readonly summary: string
  /** The parts of a request that it has a schema for; the others have to be absent. */
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  /** The status of each answer that is no problem; the first, unless something else happened. */
  readonly statuses: readonly [number, ...number[]]
  /** What it answers: JSON by a schema, another media type, or nothing. */
  readonly answer: z.ZodType | string | null
  /** How many plain requests it counts for; one unless told otherwise. */
  readonly cost?: number
}

/** What a client sends for a part, as it is written on the wire. */
export type Sent<S> = S extends z.ZodType ? z.input<S> : undefined

/** What a client is answered. */
export type Answer<C extends Contract> = C['answer'] extends z.ZodType
  ? z.output<C['answer']>
  : C['answer'] extends null
    ? null
    : string
