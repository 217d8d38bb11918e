import * as z from 'zod'
import { ROLES, type Role } from '../person.ts'

export const role: z.ZodEnum<{ viewer: 'viewer'; operator: 'operator'; admin: 'admin' }> = z
  .enum(ROLES)
  .meta({ id: 'Role', description: 'What somebody may do, each with all that those before may: read, act, govern.' })

/** Whether a role may do what takes another. */
export function mayActAs(held: Role, needed: Role): boolean {
  return ROLES.indexOf(held) >= ROLES.indexOf(needed)
}
