import { type Encodable, encodeBody, type Identity, keyOf } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alice, bob, carol, DAY_MS, mallory, NOW, otherNet } from '../../test/cast.ts'
import {
  crowd,
  dave,
  erin,
  outcomeOf,
  type Plot,
  type PlottedLink,
  play,
  plot,
  sealChain,
  stage,
} from '../../test/plot.ts'
import type { Opinion } from '../scoring/tiers.ts'
import { isCurrent, verifyChain } from './chain.ts'
import { LinkCache } from './link-cache.ts'
import { MemoryReplayWindow } from './replay-window.ts'
import { MemoryUseCounters } from './use-counters.ts'

const linkOf = (told: Plot, at: number): PlottedLink => told.links[at] as PlottedLink
const RUNS = { numRuns: 1000 }
/** alice, then as many as it takes. */
const people = (count: number): Identity[] => [alice, ...crowd.slice(0, count)]
const counted = [
  { op: 'executors', dids: [keyOf(erin.did)] },
  { op: 'maxCalls', limit: 3 },
]

describe('D1 scope', () => {
  const segment = fc.constantFrom('tool', 'search', 'searching', 'a', 'tool-x')
  const path = fc.array(segment, { minLength: 1, maxLength: 3 })
  const isBelow = (asked: string[], granted: string[]): boolean => granted.every((each, i) => asked[i] === each)

  it('D1 grants no more than every link does, whatever the links say', async () => {
    let allowed = 0
    await fc.assert(
      fc.asyncProperty(fc.array(path, { minLength: 1, maxLength: 4 }), path, async (granted, asked) => {
        const told = plot(people(granted.length))
        for (const [i, can] of granted.entries()) linkOf(told, i).fields = { can: `/${can.join('/')}` }
        told.use = { can: `/${asked.join('/')}` }
        const verdict = await play(told)
        if (!verdict.allow) return
        allowed++
        expect(granted.every((can) => isBelow(asked, can))).toBe(true)
      }),
      RUNS,
    )
    expect(allowed).toBeGreaterThan(0)
  })

  it.each([
    '/tool/search/../admin',
    '/tool/search/*',
    '/tool/searching',
    '/TOOL/search',
    '/tool',
    'tool/search',
    '/tool/search/',
  ])('D1 does not take %s for a part of /tool/search', async (can) => {
    const told = { ...plot(), use: { can }, executor: { needsInvocation: false }, invocation: null }
    expect(outcomeOf(await play(told))).toBe('chain.capability 2')
  })

  it('D1 names the link that widens, not the one that is asked of', async () => {
    const told = plot()
    linkOf(told, 0).fields = { can: '/tool/search' }
    linkOf(told, 1).fields = { can: '/tool' }
    expect(outcomeOf(await play(told))).toBe('chain.capability 1')
  })
})

describe('D2 depth', () => {
  it('D2 refuses eleven links, and 10,000, before it looks into one', async () => {
    for (const count of [0, 11, 10_000]) {
      const { use, executor, moment } = await stage(plot())
      const links = Array.from(
        { length: count },
        () => new Proxy(new Uint8Array(), { get: () => expect.unreachable() }),
      )
      expect(outcomeOf(await verifyChain({ ...use, links }, executor, moment))).toBe('chain.length -')
    }
  })

  it('D2 refuses more than 32 KiB before it looks into a link', async () => {
    const { use, executor, moment } = await stage(plot())
    const links = Array.from({ length: 9 }, () => new Uint8Array(3_700))
    expect(outcomeOf(await verifyChain({ ...use, links }, executor, moment))).toBe('chain.size -')
  })

  it('D2 allows ten links, and none beyond what each link before allows', async () => {
    expect(outcomeOf(await play(plot(people(10))))).toBe('allowed')
    const told = plot(people(4))
    linkOf(told, 0).fields = { depth: 2 }
    expect(outcomeOf(await play(told))).toBe('chain.depth 1')
    linkOf(told, 0).fields = { depth: 0 }
    expect(outcomeOf(await play(told))).toBe('chain.depth 1')
  })
})

it('D3 refuses a chain on which anybody stands twice', async () => {
  for (const loop of [
    [alice, bob, alice],
    [alice, bob, carol, bob],
    [alice, bob, carol, alice, dave],
  ]) {
    const verdict = await play(plot(loop))
    expect(verdict).toMatchObject({ allow: false, code: 'chain.repeat' })
  }
})

describe('D5 time', () => {
  it('D5 allows a use only while every link is valid', async () => {
    const window = fc.record({ nbf: fc.option(fc.integer({ min: -9, max: 9 })), exp: fc.integer({ min: 10, max: 20 }) })
    const outcomes = new Set<string>()
    await fc.assert(
      fc.asyncProperty(
        fc.array(window, { minLength: 2, maxLength: 4 }),
        fc.integer({ min: -20, max: 30 }),
        async (all, at) => {
          const HOUR_MS = 3_600_000
          const told = plot(people(all.length))
          for (const [i, { nbf, exp }] of all.entries()) {
            const start = nbf === null ? {} : { nbf: NOW + nbf * HOUR_MS }
            linkOf(told, i).fields = { iat: NOW - 10 * HOUR_MS, exp: NOW + exp * HOUR_MS, ...start }
          }
          told.moment = { now: NOW + at * HOUR_MS, freshAsOf: NOW + at * HOUR_MS }
          told.invocation = { iat: NOW + at * HOUR_MS, exp: NOW + at * HOUR_MS + 1 }
          const verdict = await play(told)
          outcomes.add(verdict.allow ? 'allowed' : verdict.code)
          if (verdict.allow) expect(all.every(({ nbf, exp }) => (nbf ?? -10) <= at && at <= exp)).toBe(true)
        },
      ),
      RUNS,
    )
    expect([...outcomes].sort()).toEqual(['allowed', 'chain.early', 'chain.expired', 'chain.window'])
  })

  it('D5 refuses an expired link in the middle, and one that outlives the link before', async () => {
    const told = plot()
    linkOf(told, 1).fields = { iat: NOW - DAY_MS, exp: NOW - 60_000 }
    linkOf(told, 2).fields = { iat: NOW - DAY_MS, exp: NOW - 60_000 }
    expect(outcomeOf(await play(told))).toBe('chain.expired 1')
    linkOf(told, 2).fields = {}
    expect(outcomeOf(await play(told))).toBe('chain.window 2')
  })

  it('H9 forgives 60 seconds either way, and not a millisecond more', async () => {
    const told = plot()
    for (const link of told.links) link.fields = { nbf: NOW, exp: NOW + DAY_MS }
    const outcomeAt = async (now: number): Promise<string> => {
      const invocation = { iat: now, exp: now + 1 }
      return outcomeOf(await play({ ...told, invocation, moment: { now, freshAsOf: now } }))
    }
    expect(await outcomeAt(NOW - 60_001)).toBe('chain.early 0')
    expect(await outcomeAt(NOW - 60_000)).toBe('allowed')
    expect(await outcomeAt(NOW + DAY_MS + 59_999)).toBe('allowed')
    expect(await outcomeAt(NOW + DAY_MS + 60_000)).toBe('chain.expired 0')
  })
})

it('D8 refuses every splice of two chains', async () => {
  const alike = await Promise.all([plot(people(4)), plot(people(4))].map(sealChain))
  const pick = fc.array(fc.tuple(fc.nat(1), fc.nat(3)), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(pick, async (picks) => {
      const { use, executor, moment } = await stage({
        ...plot(),
        invocation: null,
        executor: { needsInvocation: false },
      })
      const links = picks.map(([chain, at]) => alike[chain]?.envelopes[at] as Uint8Array)
      const peer = (crowd[(picks.at(-1) as [number, number])[1]] as Identity).did
      const isStraight = picks.every(([chain, at], i) => at === i && chain === picks[0]?.[0])
      const verdict = await verifyChain({ ...use, links, peer }, executor, moment)
      expect(verdict.allow).toBe(isStraight)
    }),
    RUNS,
  )
})

it('D8 refuses a chain that a stranger began in the name of the root', async () => {
  const told = plot()
  linkOf(told, 0).by = mallory
  for (const link of told.links) link.fields = { root: keyOf(alice.did) }
  expect(outcomeOf(await play({ ...told, executor: { root: alice.did } }))).toBe('chain.root 0')
})

describe('D9 theft', () => {
  it('D9 refuses a chain in the hands of anybody but its last audience', async () => {
    for (const thief of [mallory, bob, carol, erin]) {
      expect(outcomeOf(await play({ ...plot(), use: { peer: thief.did } }))).toBe('chain.peer 2')
      expect(outcomeOf(await play({ ...plot(), invoker: thief, use: { peer: dave.did } }))).toBe(
        'chain.invocation-issuer -',
      )
    }
  })

  it('D9 refuses an invocation that was made for another executor, chain, action or arguments', async () => {
    const { use, executor, moment } = await stage(plot())
    const ask = async (change: Partial<typeof use>, at = executor): Promise<string> =>
      outcomeOf(await verifyChain({ ...use, ...change }, at, moment))
    expect(await ask({}, { ...executor, did: mallory.did })).toBe('chain.invocation-executor -')
    expect(await ask({ links: (await sealChain(plot())).envelopes })).toBe('chain.invocation-leaf -')
    expect(await ask({ can: '/tool/search/deep' })).toBe('chain.invocation-capability -')
    expect(await ask({ args: encodeBody({ query: 'dogs' }) })).toBe('chain.invocation-args -')
    expect(await ask({})).toBe('allowed')
  })

  it('D9 acts on an invocation once, however often it comes at a time', async () => {
    const { use, executor, moment } = await stage(plot())
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => verifyChain(use, executor, moment)))
    expect(verdicts.filter(({ allow }) => allow)).toHaveLength(1)
    expect(outcomeOf(await verifyChain(use, executor, moment))).toBe('chain.invocation-replayed -')
  })
})

describe('constraints', () => {
  const outcomeWith = async (...where: Encodable[]): Promise<string> => {
    const told = plot()
    linkOf(told, 1).fields = { where }
    return outcomeOf(await play(told))
  }

  it('M12 denies what is unknown as what is false', async () => {
    expect(await outcomeWith({ op: 'eq', at: ['missing'], value: 1 })).toBe('chain.constraint 1')
    expect(await outcomeWith({ op: 'not', of: { op: 'eq', at: ['missing'], value: 1 } })).toBe('chain.constraint 1')
    expect(await outcomeWith({ op: 'or', of: [] })).toBe('chain.constraint 1')
    expect(await outcomeWith({ op: 'lte', at: ['limit'], value: 10 })).toBe('allowed')
  })

  it('D10 denies an executor that a link does not name', async () => {
    expect(await outcomeWith({ op: 'executors', dids: [keyOf(bob.did), keyOf(carol.did)] })).toBe('chain.constraint 1')
    expect(await outcomeWith({ op: 'executors', dids: [keyOf(bob.did), keyOf(erin.did)] })).toBe('allowed')
  })

  it('denies everything that is said of arguments where there are none', async () => {
    const { use, executor, moment } = await stage(plot())
    const { args: _, ...bare } = use
    expect(outcomeOf(await verifyChain(bare, executor, moment))).toBe('chain.invocation-args -')
    const told = plot()
    linkOf(told, 0).fields = { where: [{ op: 'lte', at: ['limit'], value: 10 }] }
    const restricted = await stage(told)
    const { args: __, ...without } = restricted.use
    expect(outcomeOf(await verifyChain(without, restricted.executor, moment))).toBe('chain.constraint 0')
  })
})

describe('D7 races', () => {
  it.each(['replayWindow', 'useCounters'] as const)('D7 denies what is cut off while the %s is asked', async (port) => {
    const told = plot()
    linkOf(told, 1).fields = { where: counted }
    const counters = new MemoryUseCounters()
    const cut = (): unknown => told.knowledge.revoked.add(carol.did)
    told.executor =
      port === 'replayWindow'
        ? { replayWindow: { claim: async () => Boolean(cut()) }, useCounters: counters }
        : { useCounters: { charge: async () => (cut() ? [0] : []) } }
    expect(outcomeOf(await play(told))).toBe('chain.revoked 1')
    expect(counters.size).toBe(0)
  })

  it('D7 asks what it learns from elsewhere before each time that it asks who is cut off', async () => {
    const told = plot()
    let learned = 0
    told.executor = {
      learn: async () => {
        if (++learned === 3) told.knowledge.revoked.add(bob.did)
        return { freshAsOf: NOW }
      },
    }
    told.moment = { freshAsOf: 0 }
    expect(outcomeOf(await play(told))).toBe('chain.revoked 0')
    expect(learned).toBe(3)
    told.executor = { learn: async () => ({ freshAsOf: NOW - 10_001 }) }
    expect(outcomeOf(await play({ ...told, knowledge: plot().knowledge }))).toBe('chain.stale -')
    told.executor = { learn: () => Promise.reject(new Error('offline')) }
    expect(outcomeOf(await play({ ...told, knowledge: plot().knowledge }))).toBe('chain.error -')
  })

  it('D7 lets an allowance lapse with whatever it stood on', async () => {
    const lapses: ((told: Plot, ids: readonly string[]) => unknown)[] = [
      ({ knowledge }) => knowledge.revoked.add(alice.did),
      ({ knowledge }) => knowledge.revoked.add(carol.did),
      ({ knowledge }) => knowledge.suspended.add(dave.did),
      ({ knowledge }, ids) => knowledge.voided.add(ids[0] as string),
    ]
    for (const lapse of lapses) {
      const told = plot()
      const { use, executor, moment, ids } = await stage(told)
      const verdict = await verifyChain(use, executor, moment)
      if (!verdict.allow) return expect.unreachable()
      expect(verdict.epoch).toBe(told.knowledge.epoch)
      expect(isCurrent(verdict, executor, moment)).toBe(true)
      expect(isCurrent(verdict, executor, { now: NOW, freshAsOf: NOW - 10_001 })).toBe(false)
      expect(isCurrent(verdict, executor, { now: NOW + 2 * DAY_MS, freshAsOf: NOW + 2 * DAY_MS })).toBe(false)
      lapse(told, ids)
      expect(isCurrent(verdict, executor, moment)).toBe(false)
    }
  })
})

describe('D10 terms', () => {
  it('D10 refuses a chain of another mesh', async () => {
    const told = plot()
    for (const link of told.links) link.fields = { net: otherNet }
    expect(outcomeOf(await play(told))).toBe('chain.net 0')
  })

  it('D10 counts every use of a link, also by those further down and at the same time', async () => {
    const counters = new MemoryUseCounters()
    const told = plot()
    linkOf(told, 0).fields = { where: [counted[0] as Encodable, { op: 'maxCalls', limit: 10 }] }
    const { use, executor, moment } = await stage({
      ...told,
      invocation: null,
      executor: { needsInvocation: false, useCounters: counters },
    })
    const verdicts = await Promise.all(Array.from({ length: 1000 }, () => verifyChain(use, executor, moment)))
    expect(verdicts.filter(({ allow }) => allow)).toHaveLength(10)
    expect(verdicts.filter((verdict) => outcomeOf(verdict) === 'chain.exhausted 0')).toHaveLength(990)
  })

  it('says how many more uses its links leave, as far as they say so for good', async () => {
    const told = plot()
    const executors = counted[0] as Encodable
    linkOf(told, 0).fields = { where: [executors, { op: 'maxCalls', limit: 10 }] }
    linkOf(told, 1).fields = { where: [executors, { op: 'maxCalls', limit: 3 }] }
    linkOf(told, 2).fields = { where: [executors, { op: 'rate', limit: 1, windowMs: 1 }] }
    const { use, executor, moment } = await stage({ ...told, invocation: null, executor: { needsInvocation: false } })
    const left: unknown[] = []
    for (const ms of [0, 1, 2, 3]) {
      const verdict = await verifyChain(use, executor, { ...moment, now: NOW + ms })
      left.push(verdict.allow ? verdict.calls : verdict.code)
    }
    expect(left).toEqual([2, 1, 0, 'chain.exhausted'])
    expect(await play(plot())).toMatchObject({ allow: true, calls: null })
  })

  it('D10 charges nothing and burns no invocation unless everything before held', async () => {
    const replayWindow = new MemoryReplayWindow()
    const useCounters = new MemoryUseCounters()
    const refused: ((told: Plot) => unknown)[] = [
      ({ knowledge }) => knowledge.revoked.add(bob.did),
      (told) => Object.assign(told, { use: { peer: mallory.did } }),
      (told) => Object.assign(told, { invocation: { args: new Uint8Array(32) } }),
      (told) => Object.assign(told, { moment: { freshAsOf: NOW - 10_001 } }),
    ]
    for (const spoil of refused) {
      const told = plot()
      linkOf(told, 0).fields = { where: counted }
      told.executor = { replayWindow, useCounters }
      spoil(told)
      expect((await play(told)).allow).toBe(false)
    }
    expect([replayWindow.size, useCounters.size]).toEqual([0, 0])
    const told = plot()
    linkOf(told, 0).fields = { where: [...counted, { op: 'minTier', tier: 'vouched' }] }
    told.executor = { replayWindow, useCounters }
    expect(outcomeOf(await play(told))).toBe('chain.standing 0')
    expect(useCounters.size).toBe(0)
  })
})

describe('D11 standing', () => {
  it.each(['alice', 'bob', 'carol', 'dave'] as const)(
    'D11 refuses a chain on which %s is revoked or suspended',
    async (name) => {
      const { did } = { alice, bob, carol, dave }[name]
      const link = name === 'alice' ? 0 : ['bob', 'carol', 'dave'].indexOf(name)
      for (const status of ['revoked', 'suspended'] as const) {
        const told = plot()
        told.knowledge[status].add(did)
        expect(outcomeOf(await play(told))).toBe(`chain.${status} ${link}`)
      }
    },
  )

  it('T7 trusts a chain as the least of those on it, whoever asks for more', async () => {
    const share = fc.integer({ min: 0, max: 1000 })
    const opinions = fc.array(fc.option(fc.record({ score: share, confidence: share })), { minLength: 1, maxLength: 5 })
    const tier = fc.constantFrom('known', 'trusted', 'vouched')
    const place = fc.option(fc.nat(4))
    const floors = { known: [400, 0], trusted: [600, 500], vouched: [800, 700] } as const
    const outcomes = new Set<string>()
    await fc.assert(
      fc.asyncProperty(opinions, tier, place, async (held, minTier, at) => {
        const told = plot(people(held.length))
        const standings = new Map(held.map((opinion, i) => [crowd[i]?.did, opinion]))
        told.executor = { standingOf: (did) => standings.get(did) ?? null }
        if (at === null) Object.assign(told.executor, { minTier })
        else linkOf(told, at % held.length).fields = { where: [{ op: 'minTier', tier: minTier }] }
        const verdict = await play(told)
        const [score, confidence] = floors[minTier as keyof typeof floors]
        const isEnough = (each: Opinion | null): boolean =>
          each !== null && each.score >= score && each.confidence >= confidence
        expect(outcomeOf(verdict)).toBe(
          held.every(isEnough) ? 'allowed' : `chain.standing ${held.findIndex((each) => !isEnough(each))}`,
        )
        outcomes.add(outcomeOf(verdict).replace(/ .*/, ''))
        if (!verdict.allow) return
        for (const each of held) {
          expect(verdict.effective.score).toBeLessThanOrEqual(each?.score ?? 0)
          expect(verdict.effective.confidence).toBeLessThanOrEqual(each?.confidence ?? 0)
        }
      }),
      RUNS,
    )
    expect(outcomes.size).toBe(2)
  })

  it('M12 denies where a standing is not a number, even where none is asked for', async () => {
    for (const opinion of [
      { score: Number.NaN, confidence: 700 },
      { score: 700, confidence: Number.NaN },
    ]) {
      expect(outcomeOf(await play({ ...plot(), executor: { standingOf: () => opinion } }))).toBe('chain.standing 0')
    }
  })
})

it('R13 denies as soon as any of the rules does', async () => {
  const flags = fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()), { minLength: 4, maxLength: 4 })
  const dids = [alice, bob, carol, dave].map(({ did }) => did)
  let allowed = 0
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(flags, fc.constant(Array.from({ length: 4 }, () => [false, false, false]))),
      async (cut) => {
        const told = plot()
        const { use, executor, moment, ids } = await stage(told)
        for (const [i, [isRevoked, isSuspended, isVoid]] of cut.entries()) {
          if (isRevoked) told.knowledge.revoked.add(dids[i] as string)
          if (isSuspended) told.knowledge.suspended.add(dids[i] as string)
          if (isVoid && i < 3) told.knowledge.voided.add(ids[i] as string)
        }
        const isCut = cut.some(([isRevoked, isSuspended, isVoid], i) => isRevoked || isSuspended || (isVoid && i < 3))
        const { allow } = await verifyChain(use, executor, moment)
        expect(allow).toBe(!isCut)
        if (allow) allowed++
      },
    ),
    RUNS,
  )
  expect(allowed).toBeGreaterThan(0)
})

describe('M12 deny is the value of every error', () => {
  it.each([
    ['knowledge', { knowledge: null }],
    ['standing', { standingOf: () => expect.unreachable() }],
    ['replay window', { replayWindow: { claim: () => Promise.reject(new Error('disk')) } }],
    ['replay window that does not answer yes', { replayWindow: { claim: async () => 'yes' } }],
    ['counter', { useCounters: { charge: () => Promise.reject(new Error('disk')) } }],
    ['counter that answers nothing', { useCounters: { charge: async () => undefined } }],
    ['counter that does not say of each', { useCounters: { charge: async () => [] } }],
    ['counter that answers no number', { useCounters: { charge: async () => [Number.NaN] } }],
    ['cache', { linkCache: {} }],
  ] as [string, object][])('M12 denies where the %s fails', async (_, broken) => {
    const told = plot()
    linkOf(told, 0).fields = { where: counted }
    Object.assign(told.executor, broken)
    const verdict = await play(told)
    expect(verdict).toMatchObject({
      allow: false,
      code: expect.stringMatching(/^chain\.(error|invocation-replayed|exhausted)$/),
    })
  })

  it('M12 denies whatever is not bytes, numbers or Dids', async () => {
    const { use, executor, moment } = await stage(plot())
    const odd = [undefined, null, 1, 'x', {}, [], [null], ['x'], Number.NaN]
    for (const what of odd) {
      for (const key of ['links', 'args', 'invocation', 'can', 'peer']) {
        if ((key === 'args' || key === 'invocation') && what === undefined) continue
        expect((await verifyChain({ ...use, [key]: what } as never, executor, moment)).allow).toBe(false)
      }
      for (const key of ['now', 'freshAsOf']) {
        if (typeof what === 'number' && !Number.isNaN(what)) continue
        expect((await verifyChain(use, executor, { ...moment, [key]: what } as never)).allow, `${key} ${what}`).toBe(
          false,
        )
      }
    }
  })
})

describe('the epoch of an allowance', () => {
  it('M12 denies, and does not reject, where it cannot be read', async () => {
    const told = plot()
    const fails = (): never => {
      throw new Error('disk')
    }
    Object.defineProperty(told.knowledge, 'epoch', { get: fails })
    expect(await play(told)).toMatchObject({ allow: false, code: 'chain.error', detail: 'exception' })
  })

  it('D7 is that in which the links were looked at, whatever happens before the answer is there', async () => {
    const told = plot()
    // Three times it is asked; whatever is put off then runs before the next thing that waits.
    const learn = () => {
      const learned = Promise.resolve({ freshAsOf: NOW })
      void learned.then(() => queueMicrotask(() => told.knowledge.epoch++))
      return learned
    }
    told.executor = { learn }
    const verdict = await play(told)
    expect(told.knowledge.epoch).toBe(4)
    expect(verdict).toMatchObject({ allow: true, epoch: 3 })
  })
})

describe('the cache of links', () => {
  it('D1 hands out links of which nothing can be changed: the next use is held to all that they say', async () => {
    const told: Plot = { ...plot(), invocation: null, executor: { linkCache: new LinkCache(), needsInvocation: false } }
    const each = { op: 'prefix', at: [], value: 'c' }
    linkOf(told, 2).fields = {
      where: [
        {
          op: 'or',
          of: [
            { op: 'in', at: ['query'], values: ['cats'] },
            { op: 'any', at: ['names'], each },
          ],
        },
      ],
      revokers: [keyOf(bob.did)],
    }
    const { use, executor, moment } = await stage(told)
    const verdict = await verifyChain(use, executor, moment)
    if (!verdict.allow) throw new Error(verdict.code)
    const isFrozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      value instanceof Uint8Array ||
      (Object.isFrozen(value) && Object.values(value).every(isFrozen))
    expect(verdict.links.every(isFrozen)).toBe(true)
    expect(() => (verdict.leaf.where as unknown[]).shift()).toThrow(TypeError)
    const dogs = { ...use, args: encodeBody({ query: 'dogs' }) }
    expect(outcomeOf(await verifyChain(dogs, executor, moment))).toBe('chain.constraint 2')
  })

  it('I13 changes no verdict, and remembers nothing of what changes', async () => {
    const linkCache = new LinkCache()
    const told: Plot = { ...plot(), invocation: null, executor: { linkCache, needsInvocation: false } }
    const { use, executor, moment } = await stage(told)
    expect(outcomeOf(await verifyChain(use, executor, moment))).toBe('allowed')
    expect(linkCache.size).toBe(3)
    const later = NOW + 2 * DAY_MS
    expect(outcomeOf(await verifyChain(use, executor, { now: later, freshAsOf: later }))).toBe('chain.expired 0')
    expect(outcomeOf(await verifyChain(use, { ...executor, root: bob.did }, moment))).toBe('chain.root 0')
    expect(outcomeOf(await verifyChain({ ...use, peer: bob.did }, executor, moment))).toBe('chain.peer 2')
    told.knowledge.revoked.add(bob.did)
    expect(outcomeOf(await verifyChain(use, executor, moment))).toBe('chain.revoked 0')
  })

  it('I13 does not know an envelope of which a bit is turned', async () => {
    const { use, executor, moment } = await stage({ ...plot(), invocation: null, executor: { needsInvocation: false } })
    await verifyChain(use, executor, moment)
    const turned = (use.links[0] as Uint8Array).slice()
    turned[turned.length - 1] = (turned.at(-1) as number) ^ 1
    expect(outcomeOf(await verifyChain({ ...use, links: use.links.with(0, turned) }, executor, moment))).toBe(
      'chain.signature 0',
    )
  })

  it('remembers nothing that does not come from the authority: strangers push nothing out', async () => {
    const linkCache = new LinkCache()
    const told = plot([mallory, ...crowd.slice(0, 3)])
    told.executor = { linkCache, root: alice.did }
    expect(outcomeOf(await play(told))).toBe('chain.root 0')
    const grafted = plot()
    linkOf(grafted, 1).by = mallory
    grafted.executor = { linkCache }
    expect(outcomeOf(await play(grafted))).toBe('chain.issuer 1')
    expect(linkCache.size).toBe(0)
  })
})
