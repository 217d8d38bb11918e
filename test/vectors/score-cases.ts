/** `vectors/scores.json`: attestations, and the evidence and scores that follow from them, by the reference. */

import { DEFAULT_MODEL } from '@trustmesh/trust'
import { explained, type Rating, remaining } from '../../packages/trust/test/oracle.ts'
import { named } from './golden.ts'

/** An attestation that stands. Names stand for Dids, and sort as they do. */
export interface Word {
  readonly iss: string
  readonly sub: string
  readonly ctx: string
  readonly value: number
  readonly weight: number
  readonly iat: number
  readonly evidenceAt: number
  readonly exp: number
}

export interface ScoreCase {
  readonly name: string
  readonly roots: readonly string[]
  readonly silent: readonly string[]
  readonly ctx: string
  readonly now: number
  readonly attestations: readonly Word[]
  readonly found: readonly {
    readonly did: string
    /** In units of 1/256. */
    readonly credit: number
    /** Micro-units. */
    readonly positive: number
    readonly negative: number
    readonly score: number
    readonly confidence: number
  }[]
  /** Of some: where the evidence about them comes from. */
  readonly explained?: readonly {
    readonly did: string
    readonly contributions: readonly {
      readonly rater: string
      readonly share: number
      readonly path: readonly string[]
    }[]
    readonly rest: { readonly raters: number; readonly positive: number; readonly negative: number }
  }[]
}

export const NOW = 1_800_000_000_000
const DAY_MS = 86_400_000
const model = DEFAULT_MODEL

export function word(iss: string, sub: string, value: number, other: Partial<Word> = {}): Word {
  return { iss, sub, ctx: '', value, weight: 2000, iat: NOW, evidenceAt: NOW, exp: NOW + 300 * DAY_MS, ...other }
}

const stepOf = (ms: number): number => Number((BigInt(ms) * 256n) / BigInt(model.halfLifeMs))

/** TR-4 to TR-6: the evidence of each pair in a context. */
function ratingsIn(ctx: string, now: number, words: readonly Word[], numberOf: (name: string) => number): Rating[] {
  const above = ['', ...ctx.split('/').map((_, i, all) => all.slice(0, i + 1).join('/'))].filter(
    (c, i) => i === 0 || c !== '',
  )
  const pairs = new Map<string, { said: bigint; since: number; word: Word }[]>()
  for (const word of words) {
    const at = above.indexOf(word.ctx)
    if (at < 0 || word.iat > now + 60_000 || word.exp <= now) continue
    let said = BigInt(word.weight) * BigInt(word.value)
    const cap = BigInt(model.cap)
    said = said > cap ? cap : said < -cap ? -cap : said
    for (let up = at; up < above.length - 1; up++) said = (said * BigInt(model.inheritance)) / 1000n
    const key = `${word.iss} ${word.sub}`
    if (said !== 0n) pairs.set(key, [...(pairs.get(key) ?? []), { said, since: stepOf(word.evidenceAt), word }])
  }
  return [...pairs.values()].map((said) => {
    const since = Math.max(...said.map((one) => one.since))
    const sum = said.reduce((total, one) => total + Number(remaining(one.said, since - one.since, 256)), 0)
    const { iss, sub } = (said[0] as (typeof said)[number]).word
    const evidence = Math.max(-model.cap, Math.min(sum, model.cap))
    return { source: numberOf(iss), subject: numberOf(sub), evidence, since }
  })
}

export function scores(
  name: string,
  attestations: readonly Word[],
  {
    roots = ['root'],
    silent = [],
    ctx = '',
    now = NOW,
    explain = [],
  }: Partial<Pick<ScoreCase, 'roots' | 'silent' | 'ctx' | 'now'>> & { readonly explain?: readonly string[] } = {},
): ScoreCase {
  const names = [...new Set([...roots, ...silent, ...attestations.flatMap(({ iss, sub }) => [iss, sub])])].sort()
  const numberOf = (did: string): number => names.indexOf(did)
  const found = explained(model, {
    nodes: names.length,
    roots: roots.map(numberOf),
    silent: silent.map(numberOf),
    ratings: ratingsIn(ctx, now, attestations, numberOf),
    step: stepOf(now),
  })
  const { prior, baseline, severity } = model
  return {
    ...{ name, roots, silent, ctx, now, attestations },
    found: names.map((did, node) => {
      const { credit, positive, negative } = found[node] as (typeof found)[number]
      const [R, S, K] = [BigInt(positive), BigInt(negative), BigInt(prior)]
      const total = R + BigInt(severity) * S + K
      const fixed = silent.includes(did) ? { score: 0, confidence: 1000 } : { score: 1000, confidence: 1000 }
      const computed = {
        score: Number((1000n * R + BigInt(baseline) * K) / total),
        confidence: Number((1000n * R) / (R + K)),
      }
      const isFixed = silent.includes(did) || roots.includes(did)
      return { did, credit, positive, negative, ...(isFixed ? fixed : computed) }
    }),
    ...(explain.length > 0 && {
      explained: explain.map((did) => {
        const shares = found[numberOf(did)]?.shares() ?? []
        const rest = shares.slice(16).map(({ share }) => share)
        const sum = (sign: 1 | -1) => rest.reduce((total, share) => total + Math.max(0, sign * share), 0)
        return {
          did,
          contributions: shares.slice(0, 16).map(({ rater, share, path }) => ({
            ...{ rater: names[rater] as string, share, path: path.map((node) => names[node] as string) },
          })),
          rest: { raters: rest.length, positive: sum(1), negative: sum(-1) },
        }
      }),
    }),
  }
}

/** A mesh of twelve who say what follows from its name. */
function drawn(name: string, others: Parameters<typeof scores>[2] = {}): ScoreCase {
  const names = ['root', 'rood', ...'abcdefghij']
  const words = names.flatMap((iss, i) =>
    names.flatMap((sub, j) => {
      const [chance = 0, value = 0, weight = 0, days = 0, ctx = 0] = named(`scores: ${name} ${iss} ${sub}`)
      if (i === j || chance > 110) return []
      const said = {
        weight: 500 + 10 * weight,
        evidenceAt: NOW - days * DAY_MS,
        ctx: ['', 'tool', 'tool/search'][ctx % 3] as string,
      }
      return [word(iss, sub, value < 40 ? -10 * value - 1 : 4 * value - 20, said)]
    }),
  )
  return scores(name, words, { roots: ['root', 'rood'], ...others })
}

const chain = ['root', ...'abcdef']
/** Each brings the hub a little credit: less than a friend of the hub, who has it of the hub. */
const known = Array.from({ length: 80 }, (_, i) => `known-${String(i).padStart(2, '0')}`)
const crowd = Array.from({ length: 60 }, (_, i) => `agent-${String(i).padStart(2, '0')}`)

export const SCORES: readonly ScoreCase[] = [
  scores('nobody has said anything', []),
  scores('one root vouches with 0.8 and weight 2', [word('root', 'bob', 800)]),
  scores('the same, a half-life later', [word('root', 'bob', 800)], { now: NOW + 180 * DAY_MS }),
  scores('the same, a millisecond before a step', [word('root', 'bob', 800)], {
    now: (stepOf(NOW) + 1) * (model.halfLifeMs / 256) - 1,
  }),
  scores('two roots disagree', [word('root', 'bob', 1000), word('rood', 'bob', -300, { weight: 1000 })], {
    roots: ['root', 'rood'],
  }),
  scores('what is over, and what is yet to come, does not count', [
    word('root', 'bob', 800, { exp: NOW }),
    word('root', 'carol', 800, { iat: NOW + 60_001, evidenceAt: NOW }),
    word('root', 'dave', 800, { iat: NOW + 60_000, evidenceAt: NOW + 60_000 }),
  ]),
  scores(
    'credit ends after the last round',
    chain.slice(1).map((sub, i) => word(chain[i] as string, sub, 1000, { weight: 3000 })),
  ),
  scores('whoever speaks of many refers them little, and fades', [
    word('root', 'hub', 1000, { weight: 3000 }),
    ...crowd.map((sub, i) => word('hub', sub, i % 7 === 0 ? -1000 : 500 + i)),
  ]),
  scores(
    'a root does neither',
    crowd.map((sub) => word('root', sub, 1000)),
  ),
  scores(
    'the discredited lose their voice',
    [word('root', 'bob', 1000), word('rood', 'bob', -1000), word('bob', 'carol', 1000)],
    { roots: ['root', 'rood'] },
  ),
  scores(
    'whoever is spoken against speaks for others as far as its own score, and against them as far as its voice',
    [
      ...['bob', 'dave'].map((sub) => word('root', sub, 1000, { weight: 3000 })),
      ...[word('rood', 'bob', -840, { weight: 1000 }), word('dave', 'bob', 1000)],
      ...[word('bob', 'carol', 1000, { weight: 3000 }), word('bob', 'erin', -1000), word('carol', 'frank', 1000)],
    ],
    { roots: ['root', 'rood'], explain: ['carol', 'frank'] },
  ),
  scores('the silent have none', [word('root', 'bob', 1000), word('bob', 'carol', 1000)], { silent: ['bob'] }),
  scores(
    'a crowd that nobody leads in',
    crowd.slice(0, 6).flatMap((iss) =>
      crowd
        .slice(0, 6)
        .filter((sub) => sub !== iss)
        .map((sub) => word(iss, sub, 1000)),
    ),
  ),
  scores(
    'words above count by half, and are set off',
    [
      word('root', 'bob', 1000),
      word('root', 'bob', -1000, { ctx: 'tool', weight: 1500, evidenceAt: NOW - 20 * DAY_MS }),
      word('root', 'bob', 333, { ctx: 'tool/search', weight: 999 }),
      word('root', 'bob', -1000, { ctx: 'tool/search/web' }),
      word('root', 'carol', -777, { ctx: 'code' }),
    ],
    { ctx: 'tool/search' },
  ),
  scores(
    'what one says of another is bounded, all in all',
    [
      word('root', 'bob', 1000, { weight: 3000 }),
      word('root', 'bob', 1000, { weight: 3000, ctx: 'tool' }),
      word('root', 'carol', -1000, { weight: 3000 }),
      word('root', 'carol', -1000, { weight: 3000, ctx: 'tool' }),
      word('root', 'dave', 1000, { weight: 3000 }),
      word('root', 'dave', -1000, { weight: 3000, ctx: 'tool' }),
    ],
    { ctx: 'tool' },
  ),
  scores(
    'sixteen raters are named, the largest share first, of equal ones by Did',
    crowd.slice(0, 20).map((iss, i) => word(iss, 'bob', i % 5 === 0 ? 900 : i === 7 ? 1000 : -900)),
    { roots: crowd.slice(0, 20), explain: ['bob'] },
  ),
  scores(
    'a path leads over whoever brought the most, of equal ones over the first by Did',
    [
      ...['b', 'a', 'c', 'd'].map((sub) => word('root', sub, 1000)),
      ...[word('a', 'hub', 400), word('c', 'hub', 500), word('d', 'hub', 500), word('hub', 'bob', 1000)],
    ],
    { explain: ['bob', 'hub', 'a'] },
  ),
  scores(
    'a path leaves out the circles in which credit went',
    [
      ...known.flatMap((one) => [word('root', one, 1000, { weight: 3000 }), word(one, 'hub', 2, { weight: 1800 })]),
      ...[word('hub', 'friend', 1000, { weight: 3000 }), word('friend', 'hub', 1000, { weight: 3000 })],
      word('hub', 'bob', 1000),
    ],
    { explain: ['bob'] },
  ),
  drawn('twelve'),
  drawn('twelve in a context', { ctx: 'tool/search', explain: [...'abcdefghij'] }),
  drawn('twelve, one of them silent, after a year', { silent: ['a'], now: NOW + 299 * DAY_MS }),
]
