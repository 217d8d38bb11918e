import type { Did } from '@trustmesh/identity'

/** The links of this node, and those that each other member has said it has. */
export type Neighbours = (member: Did) => readonly Did[]

/**
 * The first step of a shortest way from `self` to every member that can be reached; among ways of one length, by the least
 * Did, so that it does not depend on who said what first. Beyond this node's own links one counts only where both of its
 * ends name it: no member puts itself on the way to somebody who is not linked with it.
 */
export function firstSteps(self: Did, linked: readonly Did[], neighbours: Neighbours): ReadonlyMap<Did, Did> {
  const steps = new Map<Did, Did>()
  let reached = [...linked].sort()
  for (const did of reached) steps.set(did, did)
  while (reached.length > 0) {
    const next: Did[] = []
    for (const member of reached) {
      for (const further of [...neighbours(member)].sort()) {
        if (further === self || steps.has(further) || !neighbours(further).includes(member)) continue
        steps.set(further, steps.get(member) as Did)
        next.push(further)
      }
    }
    reached = next
  }
  return steps
}

/**
 * Which members still reach each other where `self` is left out, by links that both of their ends name: those of one side
 * have one number.
 */
export function sidesOf(self: Did, members: Iterable<Did>, neighbours: Neighbours): ReadonlyMap<Did, number> {
  const sides = new Map<Did, number>()
  let side = 0
  for (const member of members) {
    if (sides.has(member)) continue
    const reached = [member]
    sides.set(member, side)
    for (const each of reached) {
      for (const further of neighbours(each)) {
        if (further === self || sides.has(further) || !neighbours(further).includes(each)) continue
        sides.set(further, side)
        reached.push(further)
      }
    }
    side++
  }
  return sides
}
