import { generateIdentity, keyOf } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import type { Frame, FrameOf } from '@trustmesh/protocol'
import { Replica, type Standing } from '@trustmesh/trust'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { AgentSession } from './agent-session.ts'
import { Answers } from './answers.ts'

const [root, mallory, bob] = [0, 1, 2].map(() => generateIdentity(systemRandom).did) as [
  Standing['did'],
  Standing['did'],
  Standing['did'],
]
const refused = { type: 'ack', code: 'query.rate-limited' }

let nowMs: number
let replica: Replica
let answers: Answers
let ages: (number | null)[]

/** What a session has been told. */
const sessionOf = (did: Standing['did']): { session: AgentSession; told: (Frame | Standing)[] } => {
  const told: (Frame | Standing)[] = []
  const session = { did, push: (frame: Frame) => told.push(frame), answer: (standing: Standing) => told.push(standing) }
  return { session: session as unknown as AgentSession, told }
}

beforeEach(() => {
  nowMs = 0
  replica = new Replica({ net: new Uint8Array(32), policy: { roots: [root], authorities: [], threshold: 1 } })
  // As large as it would take a minute to fill it.
  vi.spyOn(replica.set, 'size', 'get').mockReturnValue(8_000)
  ages = []
  const clock = { now: () => 1_767_225_600_000, monotonic: () => nowMs }
  answers = new Answers(replica, clock, () => ages.map((ageMs) => ({ ageMs })))
})

describe('Answers', () => {
  it('T12 looks into few contexts for whoever asks for many, and is not kept by it from answering others', () => {
    const [hers, his] = [sessionOf(mallory), sessionOf(bob)]
    for (let i = 0; i < 100; i++) answers.query({ type: 'query', did: keyOf(bob), ctx: `x${i}` }, hers.session)
    expect(hers.told.filter((each) => 'score' in each)).toHaveLength(2)
    expect(hers.told.at(-1)).toMatchObject({ ...refused, re: keyOf(bob) })
    answers.query({ type: 'query', did: keyOf(root), ctx: 'tool' }, his.session)
    expect(his.told).toMatchObject([{ did: root, ctx: 'tool', status: 'active' }])
  })

  it('T12 tells nobody that somebody is unknown whom it has not looked up', () => {
    const { session, told } = sessionOf(mallory)
    for (let i = 0; i < 20; i++) answers.query({ type: 'query', did: keyOf(root), ctx: `x${i}` }, session)
    expect(told.filter((each) => 'status' in each && each.status === 'unknown')).toEqual([])
  })

  it('answers on about what is kept up, and about new contexts after a while', () => {
    const { session, told } = sessionOf(mallory)
    const ask = (ctx: string): unknown => {
      answers.query({ type: 'query', did: keyOf(root), ctx }, session)
      return told.at(-1)
    }
    while ('did' in (ask(`x${told.length}`) as object));
    expect(ask('x0')).toMatchObject({ did: root, ctx: 'x0' })
    nowMs += 1000
    expect(ask('another')).toMatchObject({ did: root, ctx: 'another' })
    expect(ask('and one more')).toMatchObject(refused)
  })

  it('R1 R2 says with a status how lately members have attested what it knows, and counts none that it has not caught up with', () => {
    const { session, told } = sessionOf(bob)
    const attestedOf = (): unknown => {
      answers.lookup({ type: 'lookup', id: new Uint8Array(16), dids: [], links: [] }, session)
      return (told.at(-1) as FrameOf<'status'>).fresh
    }
    expect(attestedOf()).toEqual([0])
    ages = [9_000.2, null, 12, -1, null]
    expect(attestedOf()).toEqual([0, 0, 12, 9_001])
    ages = Array.from({ length: 1_000 }, (_, n) => 1_000 - n)
    expect(attestedOf()).toEqual(Array.from({ length: 16 }, (_, n) => n))
  })

  it('charges a lookup for all that it asks, and refuses it whole', () => {
    const { session, told } = sessionOf(mallory)
    const lookup: FrameOf<'lookup'> = {
      ...{ type: 'lookup', id: new Uint8Array(16) },
      ...{ dids: Array(11).fill(keyOf(bob)), links: [] },
    }
    for (let i = 0; i < 1000; i++) answers.lookup(lookup, session)
    const statuses = told.filter((each) => 'type' in each && each.type === 'status')
    expect(statuses.length).toBe(Math.floor(4000 / 12))
    expect(told.at(-1)).toMatchObject({ ...refused, re: lookup.id })
  })
})
