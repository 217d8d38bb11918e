/** Schemas that are asked again and again, where functions may be made of text. */

import * as z from 'zod/mini'

/** A schema of the same verdicts: the library makes a function of it, and asks the schema itself about whatever that refuses. */
export function compiled<S extends z.ZodMiniType>(schema: S): S {
  return z.compile(schema)
}
