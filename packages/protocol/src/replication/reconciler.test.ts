import type { Random } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crowded, keyAt, nibblesOf, sorted, spread } from '../../../../test/replication-keys.ts'
import { LIMITS } from '../limits.ts'
import { encodeFrame, type FrameOf, joinFrames, parseFrames } from '../session/frames.ts'
import { answerCompare } from './answer.ts'
import { dayOfKey, MAX_DAY } from './key.ts'
import { KeyTree } from './key-tree.ts'
import { type Progress, Reconciler, type RoundEnd } from './reconciler.ts'

const HORIZON = 1
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** What looks random, and is the same every time. */
function seeded(seed: number): Random {
  let state = seed >>> 0
  return (length) =>
    Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state >>> 24
    })
}

function treeOf(keys: Iterable<Uint8Array>): KeyTree {
  const tree = new KeyTree()
  for (const key of keys) tree.add(key)
  return tree
}

const reconcilerOf = (tree: KeyTree, auditEvery = 1_000_000): Reconciler =>
  new Reconciler({ tree, of: 'statements', random: seeded(7), auditEvery })

type Answer = (compare: FrameOf<'compare'>) => FrameOf<'differ'>

interface Round {
  readonly end: RoundEnd
  readonly wants: readonly string[]
  readonly offers: readonly string[]
  readonly compares: readonly FrameOf<'compare'>[]
  readonly differs: readonly FrameOf<'differ'>[]
}

/** A round from its beginning to its end, by way of the wire. */
function round(
  reconciler: Reconciler,
  answer: Answer,
  { horizon = HORIZON, step = (_: Progress): void => {} } = {},
): Round {
  const [wants, offers]: [string[], string[]] = [[], []]
  const [compares, differs]: [FrameOf<'compare'>[], FrameOf<'differ'>[]] = [[], []]
  for (let compare: FrameOf<'compare'> | null = reconciler.begin(horizon); ; ) {
    compares.push(compare)
    const differ = answer(sent(compare))
    differs.push(differ)
    const progress = reconciler.receive(sent(differ))
    if (!progress) throw new Error('an answer that nobody asked for')
    wants.push(...progress.wants.map(hex))
    offers.push(...progress.offers.map(hex))
    step(progress)
    if (progress.end) return { end: progress.end, wants, offers, compares, differs }
    compare = progress.next as FrameOf<'compare'>
  }
}

/** A frame as it arrives. */
function sent<F extends FrameOf<'compare'> | FrameOf<'differ'>>(frame: F): F {
  return parseFrames(joinFrames([encodeFrame(frame)]))[0] as F
}

const honest =
  (tree: KeyTree, horizon = HORIZON, budget?: number): Answer =>
  (compare) =>
    answerCompare(tree, compare, horizon, budget)

const idsOf = (keys: Iterable<Uint8Array>): string[] => [...keys].map((key) => hex(key.slice(2))).sort()
const minus = (keys: readonly Uint8Array[], others: readonly Uint8Array[]): Uint8Array[] => {
  const known = new Set(others.map(hex))
  return [...new Map(keys.filter((key) => !known.has(hex(key))).map((key) => [hex(key), key])).values()]
}

/** Two crowds with something in common. */
const crowd = fc.array(crowded, { maxLength: 30, size: 'max' })
const pair = fc.tuple(crowd, crowd, crowd).map(
  ([both, one, other]) =>
    [
      [...both, ...one],
      [...both, ...other],
    ] as const,
)

describe('Reconciler', () => {
  it('finds all that either side lacks, in one round, and nothing else', () => {
    fc.assert(
      fc.property(pair, ([mine, theirs]) => {
        const found = round(reconcilerOf(treeOf(mine)), honest(treeOf(theirs)))
        const live = (keys: readonly Uint8Array[]): Uint8Array[] => keys.filter((key) => dayOfKey(key) >= HORIZON)
        expect(found.end).toBe('complete')
        expect(found.wants.toSorted()).toEqual(idsOf(minus(live(theirs), mine)))
        expect(found.offers.toSorted()).toEqual(idsOf(minus(live(mine), theirs)))
      }),
      { numRuns: 1000 },
    )
  })

  it('goes on until both are equal, however few ranges each answer looks at', () => {
    fc.assert(
      fc.property(pair, fc.integer({ min: 1, max: 5 }), ([mine, theirs], budget) => {
        const found = round(reconcilerOf(treeOf(mine)), honest(treeOf(theirs), HORIZON, budget))
        expect(found.end).toBe('complete')
        expect(found.wants.length + found.offers.length).toBe(
          [...minus(mine, theirs), ...minus(theirs, mine)].filter((key) => dayOfKey(key) >= HORIZON).length,
        )
        expect(found.differs.every(({ looked }) => looked <= budget)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('finds everything while both sides change under it', () => {
    const late = fc.array(fc.tuple(fc.boolean(), crowded), { maxLength: 20 })
    fc.assert(
      fc.property(pair, late, ([mine, theirs], arrivals) => {
        const [one, other] = [treeOf(mine), treeOf(theirs)]
        const waiting = [...arrivals]
        const apply = (): void => {
          const [isMine, key] = waiting.pop() ?? []
          if (key) (isMine ? one : other).add(key)
        }
        round(reconcilerOf(one), honest(other), { step: apply })
        for (const [isMine, key] of waiting.splice(0)) (isMine ? one : other).add(key)
        const found = round(reconcilerOf(one), honest(other))
        const live = (tree: KeyTree): Uint8Array[] => [...tree.keys(undefined, HORIZON)]
        expect(found.wants.toSorted()).toEqual(idsOf(minus(live(other), live(one))))
        expect(found.offers.toSorted()).toEqual(idsOf(minus(live(one), live(other))))
      }),
      { numRuns: 300 },
    )
  })

  it.each([1, 10, 100])('asks O(d · log n) ranges: %i differences among 20,000 keys', (differences) => {
    const keys = spread(20_000)
    const extra = spread(differences, 99)
    const [one, other] = [
      treeOf([...keys, ...extra.slice(differences / 2)]),
      treeOf([...keys, ...extra.slice(0, differences / 2)]),
    ]
    const { end, wants, offers, compares } = round(reconcilerOf(one), honest(other))
    expect([end, wants.length + offers.length]).toEqual(['complete', differences])
    const ranges = compares.reduce((sum, compare) => sum + compare.ranges.length, 0)
    // Each difference costs the sixteen parts of every range above it: the day, and log16 of those that share it.
    expect(ranges / ((16 * differences * Math.log2(20_000)) / 4)).toBeLessThan(2)
  })

  it('asks one range of somebody who holds the same', () => {
    const { compares, differs } = round(reconcilerOf(treeOf(spread(5000))), honest(treeOf(spread(5000))))
    expect(compares.map(({ ranges }) => ranges.length)).toEqual([1])
    expect(differs).toMatchObject([{ looked: 1, deeper: [], listed: [] }])
  })

  it('leaves out what has expired for either side', () => {
    const days = [0x5014, 0x5015, 0x5016]
    const [old, newer] = [days.map((day) => keyAt(day, [1])), days.map((day) => keyAt(day, [2]))]
    for (const [mine, theirs] of [
      [0x5015, 0x5014],
      [0x5014, 0x5015],
    ] as const) {
      const found = round(reconcilerOf(treeOf(old)), honest(treeOf(newer), theirs), { horizon: mine })
      expect(found).toMatchObject({ end: 'complete', wants: idsOf(newer.slice(1)), offers: idsOf(old.slice(1)) })
    }
  })

  it('finds replicas equal of which one has forgotten already what the other is about to', () => {
    const keys = Array.from({ length: 40 }, (_, i) => keyAt(0x5014 + (i % 2), [i]))
    const forgetful = treeOf(keys.filter((key) => dayOfKey(key) > 0x5014))
    const ends = [
      round(reconcilerOf(treeOf(keys)), honest(forgetful, 0x5015), { horizon: 0x5014 }),
      round(reconcilerOf(forgetful), honest(treeOf(keys), 0x5014), { horizon: 0x5015 }),
    ]
    expect(ends).toMatchObject(ends.map(() => ({ end: 'complete', wants: [], offers: [] })))
  })

  it('F5 answers with less than four times what it was asked, whatever it holds', () => {
    const fingerprint = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const asked = fc.array(fc.tuple(crowded, fc.nat(6), fingerprint), {
      minLength: 1,
      maxLength: LIMITS.ranges,
      size: 'max',
    })
    fc.assert(
      fc.property(crowd, asked, (keys, ranges) => {
        const compare: FrameOf<'compare'> = {
          ...{ type: 'compare', id: new Uint8Array(16), of: 'revocations', horizon: 0 },
          ranges: ranges.map(([key, length, print]) => [nibblesOf(key).slice(0, length), print]),
        }
        const answer = answerCompare(treeOf(keys), compare, 0)
        expect(encodeFrame(answer).length).toBeLessThan(4 * encodeFrame(compare).length)
      }),
      { numRuns: 1000 },
    )
    // The worst there is: four keys in each range, and prefixes as short as can be.
    const keys = Array.from({ length: LIMITS.ranges * 4 }, (_, i) => keyAt((i >> 2) << 8, [i]))
    const ranges = Array.from({ length: LIMITS.ranges }, (_, i): [Uint8Array, Uint8Array] => [
      Uint8Array.of(i >> 4, i & 15),
      new Uint8Array(32),
    ])
    const compare: FrameOf<'compare'> = {
      type: 'compare',
      id: new Uint8Array(16),
      of: 'revocations',
      horizon: 0,
      ranges,
    }
    const answer = answerCompare(treeOf(keys), compare, 0)
    expect(answer.listed.flatMap(([, listed]) => listed)).toHaveLength(LIMITS.ranges * 4)
    expect(encodeFrame(answer).length).toBeLessThan(4 * encodeFrame(compare).length)
  })

  it.each([0, -1, Number.NaN, Number.NEGATIVE_INFINITY])(
    'F5 looks at nothing with a budget of %s, which ends the round',
    (budget) => {
      const { end, differs } = round(reconcilerOf(treeOf([keyAt(2, [1])])), honest(new KeyTree(), HORIZON, budget))
      expect([end, differs]).toMatchObject(['unfinished', [{ looked: 0, deeper: [], listed: [] }]])
    },
  )

  it('asks about no more at a time than the other side can look at, once it knows', () => {
    const [mine, theirs] = [treeOf(spread(500)), treeOf(spread(500, 2))]
    const { end, compares, differs } = round(reconcilerOf(mine), honest(theirs, HORIZON, 5))
    expect(end).toBe('complete')
    const asked = compares.reduce((sum, { ranges }) => sum + ranges.length, 0)
    expect(asked).toBeLessThan(2.5 * differs.reduce((sum, { looked }) => sum + looked, 0))
  })

  it('F5 offers sixteen keys of a range at most, and all of them in the end, to whoever lists nothing', () => {
    const steps: number[] = []
    const { end, offers, compares } = round(reconcilerOf(treeOf(spread(5000))), honest(new KeyTree()), {
      step: (progress) => steps.push(progress.offers.length),
    })
    expect([end, offers.length]).toEqual(['complete', 5000])
    expect(steps.every((count, i) => count <= 16 * (compares[i]?.ranges.length ?? 0))).toBe(true)
  })

  it('F6 F7 asks no range twice and comes to an end, whatever is answered', () => {
    const tree = treeOf(spread(300))
    const lie = fc.record({
      keys: fc.array(crowded, { maxLength: 4 }),
      choices: fc.infiniteStream(fc.constantFrom('same', 'deeper', 'deeper', 'none', 'some')),
      horizon: fc.constantFrom(0, HORIZON, HORIZON + 2, HORIZON + 3, MAX_DAY),
      honesty: fc.nat(30),
    })
    fc.assert(
      fc.property(lie, ({ keys, choices, horizon, honesty }) => {
        let answers = 0
        const { compares } = round(reconcilerOf(tree, 1), ({ id, ranges, horizon: asked }) => {
          const deeper: number[] = []
          const listed: [number, Uint8Array[]][] = []
          for (const place of ranges.keys()) {
            const choice = choices.next().value
            if (choice === 'deeper') deeper.push(place)
            if (choice === 'none') listed.push([place, []])
            if (choice === 'some') listed.push([place, sorted(keys)])
          }
          const from = answers++ < honesty ? asked : horizon
          return { type: 'differ', re: id, horizon: from, looked: ranges.length, deeper, listed }
        })
        // What is asked with a drawn fingerprint is not a claim: those are left out here.
        const claims = compares.flatMap(({ ranges }) => ranges.filter(([prefix, print]) => isTrue(tree, prefix, print)))
        expect(new Set(claims.map(([prefix]) => hex(prefix))).size).toBe(claims.length)
        expect(compares.length).toBeLessThan(1100)
        expect(compares.every(({ ranges }) => ranges.length <= LIMITS.ranges)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('F6 comes to an end with somebody for whom every range has more in it', () => {
    const everDeeper: Answer = ({ id, horizon, ranges }) => ({
      ...{ type: 'differ', re: id, horizon, looked: ranges.length, listed: [] },
      deeper: [...ranges.keys()],
    })
    const { end, compares } = round(reconcilerOf(new KeyTree()), everDeeper)
    expect(end).toBe('differ.place')
    expect(compares.length).toBeLessThan(70)
  })

  it('F6 ends a round that goes on and on, as unfinished', () => {
    // Deep down everything is empty, so that it goes through ever more of what is not there.
    const endless: Answer = ({ id, horizon, ranges }) => {
      const isDeep = ([prefix]: [Uint8Array, Uint8Array]): boolean => prefix.length >= 12
      const places = [...ranges.keys()]
      return {
        ...{ type: 'differ', re: id, horizon, looked: ranges.length },
        deeper: places.filter((place) => !isDeep(ranges[place]!)),
        listed: places.filter((place) => isDeep(ranges[place]!)).map((place) => [place, []]),
      }
    }
    const { end, compares } = round(reconcilerOf(new KeyTree()), endless)
    expect(end).toBe('unfinished')
    expect(compares.length).toBeLessThan(1100)
  })

  const asked = keyAt(0x5014, [7])
  it.each<[string, RoundEnd, Partial<FrameOf<'differ'>>]>([
    ['a horizon before the one that was asked for', 'differ.horizon', { horizon: 0 }],
    ['a horizon three days ahead', 'differ.horizon', { horizon: HORIZON + 3 }],
    ['a horizon at the end of time', 'differ.horizon', { horizon: MAX_DAY }],
    ['more ranges than were asked for', 'differ.place', { looked: 2 }],
    ['a place that was not asked for', 'differ.place', { deeper: [1], looked: 2 }],
    ['a place that was not looked at', 'differ.place', { deeper: [0], looked: 0 }],
    ['a place twice', 'differ.place', { deeper: [0, 0] }],
    ['a place as large and as small', 'differ.place', { deeper: [0], listed: [[0, []]] }],
    ['keys out of order', 'differ.keys', { listed: [[0, [asked, keyAt(0x5014, [6])]]] }],
    ['a key twice', 'differ.keys', { listed: [[0, [asked, asked]]] }],
    ['a key from before the horizon', 'differ.keys', { listed: [[0, [keyAt(0, [1])]]] }],
  ])('F6 refuses an answer with %s', (_, code, lie) => {
    const { end, wants, offers } = round(reconcilerOf(treeOf([keyAt(2, [1])])), ({ id, horizon }) => ({
      ...{ type: 'differ', re: id, horizon, looked: 1, deeper: [], listed: [] },
      ...lie,
    }))
    expect([end, wants, offers]).toEqual([code, [], []])
  })

  it('F6 refuses keys from elsewhere than where it asked', () => {
    const answer = honest(treeOf(spread(200)))
    const { end } = round(reconcilerOf(new KeyTree()), (compare) => {
      const differ = answer(compare)
      return { ...differ, listed: differ.listed.map(([place]) => [place, [keyAt(MAX_DAY, [0xff], 0xff)]]) }
    })
    expect(end).toBe('differ.keys')
  })

  it('takes an answer once, and none to a round that was given up', () => {
    const [one, other] = [reconcilerOf(treeOf(spread(20))), treeOf(spread(40))]
    const first = one.begin(HORIZON)
    const second = one.begin(HORIZON)
    expect(one.receive(answerCompare(other, first, HORIZON))).toBeNull()
    const answer = answerCompare(other, second, HORIZON)
    expect(one.receive(answer)).not.toBeNull()
    expect(one.receive(answer)).toBeNull()
  })

  it('F7 catches in its next audit who claims to hold the same, whatever is asked', () => {
    const reconciler = reconcilerOf(treeOf(spread(1000)), 3)
    const same: Answer = ({ id, horizon, ranges }) => ({
      ...{ type: 'differ', re: id, horizon, looked: ranges.length, deeper: [], listed: [] },
    })
    expect([1, 2, 3].map(() => round(reconciler, same).end)).toEqual(['complete', 'complete', 'differ.false'])
  })

  it('F7 finds in audits what fingerprints hide', () => {
    const keys = spread(1000)
    const [one, other] = [treeOf(keys), treeOf(keys.slice(500))]
    const reconciler = reconcilerOf(one, 1)
    let found = 0
    for (let i = 0; i < 100; i++) {
      // Equal wherever that is what the asker holds, for so it is told; and honest where it cannot know.
      const { end, offers } = round(reconciler, (compare) => {
        const isDecoy = compare.ranges.map(([prefix, print]) => !isTrue(one, prefix, print))
        const { deeper, listed, ...rest } = answerCompare(other, compare, HORIZON)
        const kept = { deeper: deeper.filter((at) => isDecoy[at]), listed: listed.filter(([at]) => isDecoy[at]) }
        return { ...rest, ...kept }
      })
      expect(end).toBe('complete')
      found += offers.length
    }
    expect(found).toBeGreaterThan(20)
  })
})

function isTrue(tree: KeyTree, prefix: Uint8Array, print: Uint8Array): boolean {
  return hex(tree.range(prefix, HORIZON).fingerprint) === hex(print)
}
