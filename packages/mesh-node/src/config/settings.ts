import type * as z from 'zod'

/** One value that a config has, with no values in it. */
export interface Setting {
  readonly path: readonly string[]
  readonly kind: 'boolean' | 'integer' | 'list' | 'text'
}

/** Every value that a config of this schema may have, in its order. */
export function settingsOf(schema: z.ZodType, path: readonly string[] = []): Setting[] {
  const { def } = (schema as unknown as z.core.$ZodTypes)._zod
  // What may be absent has the settings that it has where it is there.
  if (def.type === 'nullable' || def.type === 'optional') return settingsOf(def.innerType as z.ZodType, path)
  if (def.type === 'object') {
    return Object.entries(def.shape).flatMap(([key, inner]) => settingsOf(inner as z.ZodType, [...path, key]))
  }
  const kinds = { array: 'list', boolean: 'boolean', number: 'integer' } as const
  return [{ path, kind: def.type in kinds ? kinds[def.type as keyof typeof kinds] : 'text' }]
}
