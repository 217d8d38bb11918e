import type { StatementId } from '@trustmesh/identity'
import { expect, it } from 'vitest'
import { ManualTime } from '../../test/manual-time.ts'
import { Owed } from './owed.ts'

const idOf = (n: number): StatementId => n.toString(16).padStart(64, '0') as StatementId

function owed() {
  const time = new ManualTime()
  const wire = { room: 0, sent: [] as number[] }
  const answer = ([n]: Uint8Array): boolean => wire.room-- > 0 && wire.sent.push(n as number) > 0
  const bytesOf = (id: StatementId): Uint8Array => Uint8Array.of(Number.parseInt(id, 16))
  return { time, wire, owed: new Owed({ link: { answer }, timers: time, bytesOf }) }
}

it('R2 keeps what finds no room until there is some', async () => {
  const { time, wire, owed: debts } = owed()
  wire.room = 2
  debts.add([1, 2, 3, 4].map(idOf))
  expect(wire.sent).toEqual([1, 2])
  wire.room = 2
  await time.advance(100)
  expect(wire.sent).toEqual([1, 2, 3, 4])
})

it('F5 keeps so many and no more, and none once the link is gone', async () => {
  const { time, wire, owed: debts } = owed()
  debts.add(Array.from({ length: 2_000 }, (_, n) => idOf(n)))
  wire.room = 2_000
  await time.advance(100)
  expect(wire.sent.length).toBe(512)
  wire.room = 0
  debts.add([idOf(1)])
  wire.room = 1
  debts.stop()
  await time.advance(100)
  expect(wire.sent.length).toBe(512)
})
