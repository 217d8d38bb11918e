import { type Did, generateIdentity, type Identity, keyOf, openStatement } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { type Frame, type FrameOf, LIMITS } from '@trustmesh/protocol'
import {
  evidenceFor,
  issueAttestation,
  issueManifest,
  issueRevocation,
  issueSuspension,
  type NewManifest,
  Replica,
  type Standing,
  type Tier,
} from '@trustmesh/trust'
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

describe('Answers, asked who offers what', () => {
  const net = new Uint8Array(32)
  const nowAt = 1_767_225_600_000
  const issuance = { net, random: systemRandom, clock: { now: () => nowAt, monotonic: () => 0 } }
  const someone = (): Identity => generateIdentity(systemRandom)
  const [ada, otto] = [someone(), someone()]

  beforeEach(() => {
    replica = new Replica({ net, policy: { roots: [ada.did], authorities: [otto.did], threshold: 1 } })
    answers = new Answers(replica, { now: () => nowAt, monotonic: () => nowMs }, () => [])
  })

  const present = async (who: Identity, capabilities: string[], manifest: Partial<NewManifest> = {}): Promise<Did> => {
    const statement = await issueManifest(who, { name: 'agent', version: '1', capabilities, ...manifest }, issuance)
    replica.add(statement, nowAt)
    return who.did
  }
  const vouch = async (sub: Did): Promise<void> => {
    replica.add(await issueAttestation(ada, { sub, value: 1000 }, issuance), nowAt)
  }
  const find = (session: AgentSession, fields: Partial<FrameOf<'find'>> = {}): void =>
    answers.find({ type: 'find', id: new Uint8Array(16), can: '/tool/search', limit: 64, ...fields }, session)
  const listed = (told: readonly (Frame | Standing)[]): Did[] => {
    const found = told.at(-1) as FrameOf<'found'>
    return found.manifests.map((bytes) => openStatement(bytes).signer)
  }

  it('lists whoever offers it or more, in the order of keys, each behind its standing', async () => {
    const offering = [await present(someone(), ['/tool/search']), await present(someone(), ['/mail', '/tool'])].sort()
    for (const can of ['/tool/search/images', '/toolbox', '/mail']) await present(someone(), [can])
    const { session, told } = sessionOf(bob)
    find(session)
    expect(told.slice(0, -1)).toMatchObject(offering.map((did) => ({ did, status: 'unknown' })))
    expect(listed(told)).toEqual(offering)
    expect((told.at(-1) as FrameOf<'found'>).more).toBeUndefined()
  })

  it('lists nobody below the tier that is asked for', async () => {
    const [known, unknown] = [await present(someone(), ['/tool']), await present(someone(), ['/tool'])]
    await vouch(known)
    const { session, told } = sessionOf(bob)
    const listedFrom = (minTier: Tier): Did[] => {
      find(session, { minTier })
      return listed(told)
    }
    expect(listedFrom('trusted')).toEqual([known])
    expect(listedFrom('vouched')).toEqual([])
    expect(listedFrom('untrusted')).toEqual([known, unknown].sort())
    expect(told.filter((each) => 'did' in each && each.did === unknown)).toHaveLength(1)
  })

  it('I14 lists nobody who has taken it back, contradicts itself, or is cut off', async () => {
    const [back, torn, gone, held] = [someone(), someone(), someone(), someone()]
    for (const each of [back, torn, gone, held]) await present(each, ['/tool'])
    const { session, told } = sessionOf(bob)
    find(session)
    expect(listed(told)).toHaveLength(4)
    await present(back, ['/mail'], { previousSeq: 0 })
    await present(torn, ['/tool', '/mail'])
    replica.add(await issueRevocation(gone, { target: { did: gone.did }, reason: 'over' }, issuance), nowAt)
    replica.add(await issueSuspension(otto, { sub: held.did }, issuance), nowAt)
    find(session)
    expect(listed(told)).toEqual([])
  })

  it('F5 goes on page by page, and none is larger than asked for or than a frame', async () => {
    const bom = Array.from({ length: 200 }, () => ({ name: 'n'.repeat(64), version: '1', sha256: net }))
    const offering: Did[] = []
    for (let n = 0; n < 12; n++) offering.push(await present(someone(), ['/tool'], { bom: n % 2 ? bom : [] }))
    for (const limit of [1, 5, 64]) {
      const found: Did[] = []
      let after: Uint8Array | undefined
      do {
        const { session, told } = sessionOf(bob)
        find(session, { limit, after })
        const frame = told.at(-1) as FrameOf<'found'>
        expect(frame.manifests.length).toBeLessThanOrEqual(limit)
        expect(frame.manifests.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(LIMITS.pageBytes)
        found.push(...listed(told))
        after = frame.more
        nowMs += 10_000
      } while (after)
      expect(found).toEqual(offering.toSorted())
    }
  })

  it('T12 looks at 256 agents for a page, though none of them belongs on it', async () => {
    const offering = Array.from({ length: 300 }, () => someone().did).sort()
    const behind = (after?: Did): Did[] => offering.filter((did) => !after || did > after)
    vi.spyOn(replica.set, 'offering').mockImplementation((_, most, after) => behind(after).slice(0, most))
    const { session, told } = sessionOf(bob)
    find(session)
    expect(told).toEqual([{ type: 'found', re: new Uint8Array(16), manifests: [], more: keyOf(offering[255] as Did) }])
    find(session, { after: keyOf(offering[255] as Did) })
    expect(told.at(-1)).toMatchObject({ manifests: [], more: undefined })
  })

  it('T12 charges for whomever it looks at, and refuses whoever asks for more', async () => {
    for (let n = 0; n < 99; n++) await present(someone(), ['/tool'])
    const { session, told } = sessionOf(mallory)
    for (let asked = 0; asked < 100; asked++) find(session, { limit: 1 })
    expect(told.filter((each) => 'type' in each && each.type === 'found')).toHaveLength(4000 / 100)
    expect(told.at(-1)).toMatchObject({ ...refused, re: new Uint8Array(16) })
  })
})

describe('Answers, asked why', () => {
  const net = new Uint8Array(32)
  const nowAt = 1_767_225_600_000
  const issuance = { net, random: systemRandom, clock: { now: () => nowAt, monotonic: () => 0 } }
  const [ada, alice, carol] = [0, 1, 2].map(() => generateIdentity(systemRandom)) as [Identity, Identity, Identity]
  const id = new Uint8Array(16)

  const attest = async (by: Identity, sub: Did, ctx = ''): Promise<void> => {
    replica.add(await issueAttestation(by, { sub, value: 1000, ctx }, issuance), nowAt)
  }

  beforeEach(async () => {
    const policy = { roots: [ada.did], authorities: [], threshold: 1 }
    replica = new Replica({ net, policy, maxPerIssuer: 10_000 })
    answers = new Answers(replica, { now: () => nowAt, monotonic: () => nowMs }, () => [])
    await attest(ada, alice.did)
    await attest(alice, carol.did)
  })

  it.each(['', 'tool'])('says who made a score what it is, behind the standing, in the context %j', async (ctx) => {
    await attest(alice, carol.did, 'tool')
    const { session, told } = sessionOf(bob)
    answers.explain({ type: 'explain', id, did: keyOf(carol.did), ...(ctx && { ctx }) }, session)
    const { contributions, ...sums } = replica.explain(carol.did, nowAt, ctx)
    expect(contributions).toMatchObject([{ rater: alice.did, path: [ada.did, alice.did] }])
    expect(told).toEqual([
      replica.standingOf(carol.did, nowAt, ctx),
      {
        ...{ type: 'explained', re: id, ...sums },
        contributions: contributions.map(({ rater, path, ...rest }) => {
          return { rater: keyOf(rater), path: path.map(keyOf), ...rest }
        }),
      },
    ])
  })

  it('hands out all evidence behind the standing, in the order of ids', () => {
    const { session, told } = sessionOf(bob)
    answers.evidence({ type: 'evidence', id, did: keyOf(carol.did) }, session)
    const evidence = [...(evidenceFor(replica, carol.did, { now: nowAt }) ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1))
    expect(evidence).toHaveLength(2)
    expect(told).toEqual([
      replica.standingOf(carol.did, nowAt),
      { type: 'proofs', re: id, statements: evidence.map(({ bytes }) => bytes), more: undefined },
    ])
  })

  it('F5 refuses to tell more evidence than anybody is expected to look through', () => {
    const { session, told } = sessionOf(bob)
    const slots = Array.from({ length: 70_000 }, () => ({ iss: bob, sub: carol.did, ctx: '' }))
    vi.spyOn(replica.set, 'slotsAbout').mockReturnValue(slots)
    answers.evidence({ type: 'evidence', id, did: keyOf(carol.did) }, session)
    expect(told.at(-1)).toEqual({ type: 'ack', re: id, code: 'query.too-much' })
  })

  it.each(['evidence', 'explain'] as const)('T12 charges for what an answer to %s turns out to take', async (type) => {
    for (let said = 0; said < 40; said++) {
      const rater = generateIdentity(systemRandom)
      await attest(ada, rater.did)
      await attest(rater, carol.did)
    }
    const { session, told } = sessionOf(mallory)
    const ask = (): void => {
      if (type === 'evidence') answers.evidence({ type, id, did: keyOf(carol.did) }, session)
      else answers.explain({ type, id, did: keyOf(carol.did) }, session)
    }
    for (let asked = 0; asked < 1_000; asked++) ask()
    const answered = told.filter((each) => 'type' in each && each.type !== 'ack')
    // The first is gathered from 82 statements, and each tells as many; an explanation is of 41 raters.
    expect(answered.length).toBe(type === 'evidence' ? Math.ceil((20_000 - 82) / 83) : Math.ceil(20_000 / 42))
    expect(told.at(-1)).toMatchObject(refused)
    nowMs += 1_000
    ask()
    expect(told.at(-1)).not.toMatchObject(refused)
  })
})
