/** The fields that the schemas of frames are made of. */

import { didOf } from '@trustmesh/identity'
import { isContext } from '@trustmesh/trust/words'
import * as z from 'zod/mini'

/** So many bytes. */
export function isBytes(value: unknown, min: number, max: number = min): value is Uint8Array {
  return value instanceof Uint8Array && value.length >= min && value.length <= max
}

/** The key bytes of a Did. The key guard stands here, as at every mention of one (threat I5). */
export function isDidKey(value: unknown): value is Uint8Array {
  if (!(value instanceof Uint8Array)) return false
  try {
    didOf(value)
    return true
  } catch {
    return false
  }
}

const STABLE_CODE = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$/

/** What programs tell cases apart by. */
export function isStableCode(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 64 && STABLE_CODE.test(value)
}

export const bytes = (min: number, max: number = min): z.ZodMiniCustom<Uint8Array> =>
  z.custom<Uint8Array>((value) => isBytes(value, min, max))
export const didKey = z.custom<Uint8Array>(isDidKey)
/** Not the general one: what is left out has no second spelling. */
export const context = z.string().check(z.refine((ctx) => ctx !== '' && isContext(ctx)))
export const count = z.number().check(z.int(), z.nonnegative())
export const thousandths = z.number().check(z.int(), z.minimum(0), z.maximum(1000))
export const stableCode = z.custom<string>(isStableCode)
