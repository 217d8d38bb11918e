import type { Did, StatementId } from '@trustmesh/identity'

/** What somebody may do here, each with all before it: read; cut off and vouch for; approve what is wide and hand out roles. */
export const ROLES = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** Who asks or orders. Two with the same name are one, and so is anybody with those by whose leave it acts. */
export interface Person {
  /** Of its token, or its Did. */
  readonly name: string
  readonly role: Role
  readonly did?: Did
  /** By whose leave it acts, by name: who made its token, or who issued the links of its chain, the root apart. */
  readonly leave?: readonly string[]
  /** On what chain its leave rests: whatever it makes ends with that. */
  readonly grounds?: Grounds
}

/** The links of a chain, and when the first of them ends, in ms. */
export interface Grounds {
  readonly links: readonly { readonly iss: Did; readonly id: StatementId }[]
  readonly exp: number
}
