import { identityFromSeed } from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../limits.ts'
import type { Ticket } from './step.ts'
import { Tickets } from './tickets.ts'

const alice = identityFromSeed(new Uint8Array(32).fill(1)).did
const ticket: Ticket = { secret: new Uint8Array(32).fill(7), peer: alice, purpose: 'agent' }

/** Tickets under a clock that the test sets, with ids that count up. */
function tickets(): { book: Tickets; clock: { at: number } } {
  const clock = { at: 0 }
  let drawn = 0
  const random = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length)
    new DataView(bytes.buffer).setUint32(0, drawn++)
    return bytes
  }
  return { book: new Tickets({ now: () => 0, monotonic: () => clock.at }, random), clock }
}

describe(Tickets, () => {
  it('H2 redeems a ticket once', () => {
    const { book } = tickets()
    const { id } = book.issue(ticket)
    expect([book.redeem(id), book.redeem(id)]).toEqual([ticket, null])
  })

  it('H2 redeems nothing that it has not issued', () => {
    const { book } = tickets()
    book.issue(ticket)
    expect(book.redeem(new Uint8Array(16).fill(9))).toBeNull()
  })

  it('H2 redeems a ticket to the last millisecond of its time, and not after', () => {
    const { book, clock } = tickets()
    const [first, second] = [book.issue(ticket), book.issue(ticket)]
    clock.at = LIMITS.ticketMs
    expect(book.redeem(first.id)).toEqual(ticket)
    clock.at++
    expect(book.redeem(second.id)).toBeNull()
  })

  it('forgets the oldest beyond its bound', () => {
    const { book } = tickets()
    const issued = Array.from({ length: 20_001 }, () => book.issue(ticket).id)
    expect(book.redeem(issued[0] as Uint8Array)).toBeNull()
    expect(book.redeem(issued[1] as Uint8Array)).toEqual(ticket)
  })
})
