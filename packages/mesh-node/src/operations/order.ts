import type { RevocationTarget } from '@trustmesh/trust'
import type { Role } from '../admin/person.ts'
import { type Order, order as orderSchema, type Verb } from '../admin/schemas/order.ts'
import { mayActAs } from '../admin/schemas/role.ts'
import { NodeError } from '../node-error.ts'

/** What is true of a verb whatever it is ordered for. */
interface Nature {
  /** The role that it takes. */
  readonly role: Role
  /** It touches whomever it names, whether or not anybody depends on them. */
  readonly isCut: boolean
  /** What takes a second person whomever it touches (threat P9). */
  readonly isGrave: boolean
  /** What it does is never taken back, and is done again where it has been lost. */
  readonly isForGood: boolean
  /** Whether it still means the same when a crash has held it up. */
  readonly isResumed: boolean
}

const PLAIN: Nature = { role: 'operator', isCut: false, isGrave: false, isForGood: false, isResumed: false }
const NATURES: Readonly<Record<Verb, Nature>> = {
  revoke: { ...PLAIN, isCut: true, isForGood: true, isResumed: true },
  suspend: { ...PLAIN, isCut: true, isResumed: true },
  lift: { ...PLAIN, isGrave: true },
  evict: PLAIN,
  kill: { role: 'admin', isCut: true, isGrave: true, isForGood: true, isResumed: true },
  attest: PLAIN,
}

/** What is true of an order by its verb alone. */
export function natureOf({ verb }: Order): Nature {
  return NATURES[verb]
}

/** An order that came from elsewhere; of targets named twice the first. Throws {@link NodeError} `admin.invalid-body`. */
export function parseOrder(input: Order): Order {
  const order = read(input)
  if (order.verb !== 'revoke') return order
  const byKey = new Map(
    order.targets.map((target) => [keyOfTarget(target), target]).reverse() as [string, RevocationTarget][],
  )
  return { ...order, targets: [...byKey.values()].reverse() }
}

function read(input: Order): Order {
  try {
    return orderSchema.parse(input)
  } catch (cause) {
    throw new NodeError('admin.invalid-body', { cause })
  }
}

/** Tells targets apart. */
export function keyOfTarget(target: RevocationTarget): string {
  return 'did' in target ? target.did : `${target.iss} ${target.id}`
}

/** Throws {@link NodeError} `admin.forbidden` for a role that is less than this (threat P9). */
export function checkRole(role: Role, least: Role): void {
  if (!mayActAs(role, least)) throw new NodeError('admin.forbidden')
}
