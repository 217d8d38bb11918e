import * as z from 'zod/mini'

/** A path of at most 8 segments, `tool/search`; empty is the general context. */
const CONTEXT = /^(?:[a-z0-9-]{1,32}(?:\/[a-z0-9-]{1,32}){0,7})?$/

/** In which context somebody is rated. */
export const context = z.string().check(z.regex(CONTEXT))

/** Whether it can be one; the empty text is the general context. */
export function isContext(ctx: string): boolean {
  return CONTEXT.test(ctx)
}

/** The contexts that count in a context: itself, then `a/b` and `a` above `a/b/c`, then the general one. */
export function lineageOf(ctx: string): string[] {
  const segments = ctx.split('/')
  const own = segments.map((_, above) => segments.slice(0, segments.length - above).join('/'))
  return ctx === '' ? own : [...own, '']
}
