import { generateIdentity, type Statement, type StatementId, type Verified } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { answerCompare, type FrameOf, horizonAt, statementIdOf } from '@trustmesh/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { ManualTime } from '../../test/manual-time.ts'
import { MemoryLocal, note } from '../../test/memory-local.ts'
import { RecordedLink } from '../../test/recorded-link.ts'
import { Reconciliation, type RoundOver } from './reconciliation.ts'

const did = () => generateIdentity(systemRandom).did

let time: ManualTime
let local: MemoryLocal
let theirs: MemoryLocal
let claims: Map<StatementId, Reconciliation>
let faults: number
let caughtUp: number
let ends: RoundOver[]

beforeEach(() => {
  time = new ManualTime()
  local = new MemoryLocal(did())
  theirs = new MemoryLocal(did())
  claims = new Map()
  faults = caughtUp = 0
  ends = []
})

function reconciliation(link: RecordedLink): Reconciliation {
  return new Reconciliation({
    ...{ link: link.link, local, clock: time.clock, random: systemRandom, timers: time, claims },
    fault: () => faults++,
    caughtUp: () => caughtUp++,
    over: (end) => ends.push(end),
  })
}

/** An honest answer. */
function answer(frame: FrameOf<'compare'>): FrameOf<'differ'> {
  const tree = frame.of === 'revocations' ? theirs.revocations : theirs.statements
  return answerCompare(tree, frame, horizonAt(time.clock.now()))
}

/** Answers everything that is sent, until nothing is; what is asked for comes, unless it is withheld. */
async function converse(
  link: RecordedLink,
  round: Reconciliation,
  withheld: readonly StatementId[] = [],
): Promise<void> {
  while (link.sent.length > 0) {
    for (const frame of link.sent.splice(0)) {
      if (frame.type === 'compare') round.receive(answer(frame))
      if (frame.type !== 'want') continue
      const ids = frame.ids.map(statementIdOf).filter((id) => !withheld.includes(id))
      round.arrived(
        await local.take(
          ids.flatMap((id) => theirs.bytesOf(id) ?? []),
          theirs.did,
        ),
      )
    }
  }
}

function notes(count: number): Promise<Verified<Statement>[]> {
  return Promise.all(Array.from({ length: count }, () => note()))
}

describe(Reconciliation, () => {
  it('brings everything that the other holds, and ends', async () => {
    for (const statement of await notes(2_000)) theirs.hold(statement)
    const link = new RecordedLink(theirs.did)
    const round = reconciliation(link)
    round.begin()
    await converse(link, round)
    expect(local.statements.range()).toEqual(theirs.statements.range())
    expect([ends, claims.size, round.isUnderWay]).toEqual([['complete'], 0, false])
  })

  it('F7 catches whoever claims to hold the same and does not', async () => {
    for (const statement of await notes(50)) local.hold(statement)
    const link = new RecordedLink(theirs.did)
    const round = reconciliation(link)
    for (let n = 0; n < 8; n++) {
      round.begin()
      for (const { id, horizon, ranges } of link.take('compare')) {
        round.receive({ type: 'differ', re: id, horizon, looked: ranges.length, deeper: [], listed: [] })
      }
    }
    expect(faults).toBeGreaterThan(0)
  })

  it('R1 does not wait for who lists what it does not send: the others are asked for it', async () => {
    const [wanted] = (await notes(1)) as [Verified<Statement>]
    theirs.hold(wanted)
    const [mute, honest] = [new RecordedLink(did()), new RecordedLink(theirs.did)]
    const [byMute, byHonest] = [reconciliation(mute), reconciliation(honest)]
    byMute.begin()
    await converse(mute, byMute, [wanted.id])
    byHonest.begin()
    await converse(honest, byHonest)
    expect(local.has(wanted.id)).toBe(false)
    await time.advance(3_000)
    expect(ends).toEqual(['complete', 'stalled'])
    // And the mute one holds up nobody a second time.
    byMute.begin()
    await converse(mute, byMute, [wanted.id])
    byHonest.begin()
    await converse(honest, byHonest)
    expect(local.has(wanted.id)).toBe(true)
  })

  it('R1 does not wait longer for what is not sent because other things are', async () => {
    const [wanted] = (await notes(1)) as [Verified<Statement>]
    theirs.hold(wanted)
    const link = new RecordedLink(theirs.did)
    const round = reconciliation(link)
    round.begin()
    await converse(link, round, [wanted.id])
    for (const { bytes } of await notes(3)) {
      await time.advance(1_000)
      round.arrived(await local.take([bytes], theirs.did))
    }
    expect(ends).toEqual(['stalled'])
  })

  it('R2 gives up on who does not answer at all', async () => {
    const round = reconciliation(new RecordedLink(did()))
    round.begin()
    await time.advance(2_999)
    expect(ends).toEqual([])
    await time.advance(1)
    expect(ends).toEqual(['stalled'])
  })

  it('R1 is not caught up with revocations while one is missing, whoever else has promised to bring it', async () => {
    const revocation = await note('revocation')
    theirs.hold(revocation)
    const [mute, honest] = [new RecordedLink(did()), new RecordedLink(theirs.did)]
    const [byMute, byHonest] = [reconciliation(mute), reconciliation(honest)]
    byMute.begin()
    await converse(mute, byMute, [revocation.id])
    byHonest.begin()
    await converse(honest, byHonest, [revocation.id])
    expect([ends, caughtUp]).toEqual([[], 0])
    byHonest.arrived(await local.take([revocation.bytes], theirs.did))
    expect([ends, caughtUp > 0]).toEqual([['complete'], true])
  })

  it('R1 is not caught up with revocations of which one is refused', async () => {
    const revocation = await note('revocation')
    theirs.hold(revocation)
    const link = new RecordedLink(theirs.did)
    const round = reconciliation(link)
    round.begin()
    await converse(link, round, [revocation.id])
    round.arrived([{ outcome: 'refused', id: revocation.id }])
    expect([ends, caughtUp]).toEqual([['complete'], 0])
  })

  it('R4 has not been reconciled by a round that was cut, and takes over what another has left undone', async () => {
    const [wanted] = (await notes(1)) as [Verified<Statement>]
    theirs.hold(wanted)
    const [mute, honest] = [new RecordedLink(did()), new RecordedLink(theirs.did)]
    const [byMute, byHonest] = [reconciliation(mute), reconciliation(honest)]
    byMute.begin()
    await converse(mute, byMute, [wanted.id])
    byHonest.begin()
    await converse(honest, byHonest)
    expect([ends, byHonest.standing]).toEqual([['complete'], null])
    byMute.stop()
    expect([ends, byMute.standing]).toEqual([['complete', 'gone'], 'given-up'])
    byHonest.takeOver()
    await converse(honest, byHonest)
    expect([local.has(wanted.id), byHonest.standing]).toEqual([true, 'complete'])
  })

  it('O5 ends the round with an alarm, and without a fault, where the clock of an honest member is days ahead', async () => {
    const link = new RecordedLink(theirs.did)
    const round = reconciliation(link)
    const ahead = time.clock.now() + 3 * 86_400_000
    for (let n = 0; n < 4; n++) {
      round.begin()
      for (const frame of link.take('compare')) round.receive(answerCompare(theirs.statements, frame, horizonAt(ahead)))
    }
    expect(ends).toEqual(['ahead', 'ahead', 'ahead', 'ahead'])
    expect([faults, local.alarms]).toEqual([0, [['member.clock', theirs.did]]])
  })

  it('F5 asks who looks at nothing again after a while, and does not wait for that for ever', async () => {
    const link = new RecordedLink(theirs.did)
    const round = reconciliation(link)
    round.begin()
    for (let n = 1; n <= 8; n++) {
      expect(round.standing).toBeNull()
      for (const frame of link.take('compare')) round.receive({ ...answer(frame), looked: 0 })
      expect([ends.length, link.sent]).toEqual([n, []])
      await time.advance(500)
    }
    expect([round.standing, link.sent]).toEqual(['given-up', []])
  })

  it('F5 answers every question, but looks at nothing where there are too many', () => {
    const link = new RecordedLink(theirs.did)
    const round = reconciliation(link)
    const ranges: [Uint8Array, Uint8Array][] = [[new Uint8Array(), new Uint8Array(32)]]
    const compare: FrameOf<'compare'> = {
      type: 'compare',
      id: new Uint8Array(16),
      of: 'statements',
      horizon: 0,
      ranges,
    }
    for (let n = 0; n < 1_000; n++) round.answer(compare)
    const looked = link.take('differ').map((differ) => differ.looked)
    expect([looked.length, looked[0], looked.at(-1)]).toEqual([1_000, 1, 0])
  })

  it('F5 has no more on its way here than it can hold, however much the other has', async () => {
    for (const statement of await notes(3_000)) theirs.hold(statement)
    const link = new RecordedLink(theirs.did)
    const round = reconciliation(link)
    round.begin()
    let asked = 0
    for (let n = 0; n < 500 && link.sent.length > 0; n++) {
      for (const frame of link.sent.splice(0)) {
        if (frame.type === 'compare') round.receive(answer(frame))
        if (frame.type === 'want') asked += frame.ids.length
      }
    }
    expect(asked).toBeGreaterThan(0)
    expect(asked).toBeLessThanOrEqual(512)
  })

  it('offers the other what it lacks: revocations at once, word of all else', async () => {
    const [revocation, other] = [await note('revocation'), await note()]
    local.hold(revocation)
    local.hold(other)
    const link = new RecordedLink(theirs.did)
    const round = reconciliation(link)
    round.begin()
    const offered: string[] = []
    while (link.sent.length > 0) {
      for (const frame of link.sent.splice(0)) {
        if (frame.type === 'compare') round.receive(answer(frame))
        else offered.push(frame.type === 'have' ? `have ${frame.ids.length}` : frame.type)
      }
    }
    expect(offered).toContain('statement')
    expect(offered).toContain('have 1')
  })
})
