import * as z from 'zod/mini'

/** A path of at most 8 segments, `tool/search`; empty is the general context. */
const CONTEXT = /^(?:[a-z0-9-]{1,32}(?:\/[a-z0-9-]{1,32}){0,7})?$/

/** In which context somebody is rated. */
export const context = z.string().check(z.regex(CONTEXT))

/** Whether it can be one; the empty text is the general context. */
export function isContext(ctx: string): boolean {
  return CONTEXT.test(ctx)
}
