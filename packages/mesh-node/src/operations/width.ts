import type { Clock, Statement, Verified } from '@trustmesh/identity'
import { type Change, MAX_SKEW_MS, parseAttestation, type RevocationTarget } from '@trustmesh/trust'
import type { Preview } from '../admin/operation.ts'
import type { Person } from '../admin/person.ts'
import type { Order } from '../admin/schemas/order.ts'
import type { Foresight } from './foresight.ts'
import { natureOf } from './order.ts'
import { Pace, WITHIN_MS } from './pace.ts'

export interface WidthOptions {
  readonly foresight: Foresight
  /** What touches more takes a second person. */
  readonly secondOperatorAbove: number
  readonly clock: Clock
}

/** What one person may do alone, and what takes a second one (threats P9, R7). */
export class Width {
  readonly #options: WidthOptions
  readonly #pace: Pace

  constructor(options: WidthOptions) {
    this.#options = options
    this.#pace = new Pace(options.clock)
  }

  preview(order: Order, by?: Person): Preview {
    const preview = this.#options.foresight.preview(order)
    const reach = atLeast(preview.reach, order, preview.targets)
    return { ...preview, isWide: this.#isWide(order, reach, by ? this.#pace.of(by) : 0) }
  }

  /** How far an order goes, at most, and whether that is too far for one. `signed`: what somebody has signed elsewhere. */
  of(
    order: Order,
    targets: readonly RevocationTarget[],
    { by, signed }: { readonly by: Person; readonly signed?: Verified<Statement> | undefined },
  ): { readonly reach: number; readonly isWide: boolean } {
    const { foresight, secondOperatorAbove } = this.#options
    const before = this.#pace.of(by)
    const rating = signed && order.verb === 'attest' ? parseAttestation(signed) : undefined
    const reach = atLeast(foresight.reachOf(order, targets, secondOperatorAbove - before, rating), order, targets)
    // What somebody else has signed may end a key on which the mesh stands.
    const isOwn = targets.some((target) => 'did' in target && foresight.isOwn(target.did))
    const isGrave = signed !== undefined && isOwn && natureOf(order).isCut
    return { reach, isWide: isGrave || this.#isWide(order, reach, before) }
  }

  /** Somebody has gone so far. */
  went(by: Person, reach: number): void {
    this.#pace.add(by, reach)
  }

  /**
   * Another node has brought what is new here. What its operators have cut off of late counts as what somebody here has: nobody
   * goes wider by going from node to node. What is older comes from a catch-up.
   */
  brought({ affected }: Change, statement: Verified<Statement>): void {
    const { foresight, clock } = this.#options
    const isOfLate = statement.claim.iat > clock.now() - WITHIN_MS - MAX_SKEW_MS
    if (isOfLate && foresight.isCut(statement)) this.#pace.addElsewhere(Math.max(1, affected.length))
  }

  /** What touches nobody is never wide, whatever came before. */
  #isWide(order: Order, reach: number, before: number): boolean {
    const { foresight, secondOperatorAbove } = this.#options
    if (natureOf(order).isGrave || foresight.endsHold(order)) return true
    return reach > 0 && before + reach > secondOperatorAbove
  }
}

/** Somebody who is cut off is one, though nobody depends on them. */
function atLeast(reach: number, order: Order, targets: readonly RevocationTarget[]): number {
  return natureOf(order).isCut ? Math.max(targets.length, reach) : reach
}
