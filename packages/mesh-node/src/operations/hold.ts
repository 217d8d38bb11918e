import type { Did } from '@trustmesh/identity'
import type { Replica, Suspension } from '@trustmesh/trust'

/** What an authority holds somebody by at a time in ms; `null` where it does not, or its word counts for nothing. */
export function holdBy(iss: Did, sub: Did, set: Replica['set'], now: number): Suspension | null {
  const said = set.suspensionBy(iss, sub)
  const isSilent = said && (set.isRevoked(iss) || set.isVoid(iss, said.id))
  return said && !isSilent && !said.lifted && now < said.until ? said : null
}

/** Whether it would let somebody go sooner than what the same authority holds them by now. */
export function endsSooner({ iss, sub, until, lifted }: Suspension, set: Replica['set'], now: number): boolean {
  const held = holdBy(iss, sub, set, now)
  return lifted || (held !== null && until < held.until)
}
