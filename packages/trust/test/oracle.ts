/** The scores once more, slowly: rationals of BigInt, everything computed from its definition. */

import type { Model } from '../src/scoring/model.ts'

/** Who rates whom with how much evidence, in micro-units, as of which step. */
export interface Rating {
  readonly source: number
  readonly subject: number
  readonly evidence: number
  readonly since: number
}

export interface Sample {
  readonly nodes: number
  readonly roots: readonly number[]
  readonly silent: readonly number[]
  readonly ratings: readonly Rating[]
  readonly step: number
}

export interface Found {
  readonly credit: number
  readonly backing: number
  readonly positive: number
  readonly negative: number
}

/** What a rater adds; and from a root to the rater, who brought whom the most credit. */
export interface Share {
  readonly rater: number
  readonly share: number
  readonly path: readonly number[]
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const at = (of: readonly bigint[], node: number): bigint => of[node] as bigint
const sum = (numbers: readonly bigint[]): bigint => numbers.reduce((a, b) => a + b, 0n)

const factors = new Map<string, bigint>()
/** The greatest F with `F ≤ 2^(30 − age/steps)`, that is, `F^steps ≤ 2^(30·steps − age)`. */
function factor(age: number, steps: number): bigint {
  if (age >= 22 * steps) return 0n
  const key = `${age} ${steps}`
  let found = factors.get(key)
  if (found === undefined) {
    const bound = 1n << BigInt(30 * steps - age)
    found = 0n
    for (let bit = 1n << 30n; bit > 0n; bit >>= 1n) if ((found + bit) ** BigInt(steps) <= bound) found += bit
    factors.set(key, found)
  }
  return found
}

/** What is left of signed evidence, towards zero. */
export function remaining(evidence: bigint, age: number, steps: number): bigint {
  return (evidence * factor(Math.max(0, age), steps)) / (1n << 30n)
}

/** What follows for each node. */
export function oracle(model: Model, sample: Sample): Found[] {
  return explained(model, sample).map(({ shares: _, ...found }) => found)
}

/** The same, with how it comes about: the shares of all raters, the largest first. */
export function explained(
  model: Model,
  { nodes, roots, silent, ratings, step }: Sample,
): readonly (Found & { readonly shares: () => readonly Share[] })[] {
  const all = Array.from({ length: nodes }, (_, node) => node)
  const isRoot = (node: number): boolean => roots.includes(node)
  const left = (rating: Rating, steps: number): bigint =>
    remaining(BigInt(Math.abs(rating.evidence)), step - rating.since, steps)

  const edges = ratings.map((rating) => {
    const referring = rating.evidence > 0 ? left(rating, 512) : 0n
    return { ...rating, r: left(rating, 256), x: (4096n * referring) / (referring + BigInt(model.hesitancy)) }
  })
  const by = (node: number) => edges.filter(({ source }) => source === node)
  const of = (node: number) => edges.filter(({ subject }) => subject === node)
  const said = ({ evidence }: Rating): bigint => BigInt(Math.abs(evidence))
  const counting = (source: number, r: bigint, rating: Rating): bigint => {
    const other = sum(by(source).map(said)) - said(rating)
    if (isRoot(source) || other <= BigInt(model.budget)) return r
    const part = (1024n * BigInt(model.budget)) / other
    return (r * ((part ** 3n) >> 20n)) >> 10n
  }

  const K = BigInt(model.prior)
  const a = BigInt(model.baseline)
  /** Of a newcomer's R by a word of evidence cap: `s + a` at most, where s is the score by this R and S. */
  const limitBy = (R: bigint, S: bigint): bigint => {
    const s = (1000n * R + a * K) / (R + BigInt(model.severity) * S + K)
    return s >= 1000n - a ? 256n : (256n * s * K) / (BigInt(model.cap) * (1000n - a - s))
  }

  const pass = (q: readonly bigint[], limit: (node: number, R: bigint) => bigint) => {
    const limited = (node: number, w: bigint): bigint => (silent.includes(node) ? 0n : isRoot(node) ? 256n : w)
    const sharesBy = (weight: readonly bigint[], sign: 1 | -1) => (node: number) =>
      of(node)
        .filter(({ evidence }) => Math.sign(evidence) === sign)
        .map((edge) => ({
          rater: edge.source,
          share: (at(weight, edge.source) * counting(edge.source, edge.r, edge)) >> 8n,
        }))
    const total = (shares: readonly { readonly share: bigint }[]): bigint => sum(shares.map(({ share }) => share))
    let w = all.map((node) => limited(node, 0n))
    let p = w
    const rates: bigint[][] = []
    for (let round = 0; round < model.rounds; round++) {
      const rate = all.map((node) => {
        const reach = max(BigInt(model.breadth) * 4096n, 1000n * sum(by(node).map(({ x }) => x)))
        return isRoot(node) ? at(p, node) << 12n : (at(p, node) * BigInt(model.relay) * (1n << 24n)) / reach
      })
      rates.push(rate)
      const backing = all.map(sharesBy(p, 1)).map(total)
      w = all.map((node) => {
        const income = sum(of(node).map(({ source, x }) => at(rate, source) * x))
        return limited(node, (min(256n, income >> 24n) * at(q, node)) >> 8n)
      })
      p = all.map((node) => limited(node, min(at(w, node), limit(node, at(backing, node)))))
    }
    const [praise, blame] = [all.map(sharesBy(p, 1)), all.map(sharesBy(w, -1))]
    const shares = all.map((node) => [
      ...(praise[node] ?? []),
      ...(blame[node] ?? []).map(({ rater, share }) => ({ rater, share: -share })),
    ])
    return { w, p, R: praise.map(total), S: blame.map(total), shares, rates }
  }

  const first = pass(
    all.map(() => 256n),
    () => 256n,
  )
  const second = pass(
    all.map((node) => (256n * (at(first.R, node) + K)) / (at(first.R, node) + at(first.S, node) + K)),
    (node, R) => limitBy(R, at(first.S, node)),
  )
  const pathTo = (node: number, round = model.rounds - 1): readonly number[] => {
    if (isRoot(node)) return [node]
    const flows = of(node).map(({ source, x }) => ({ source, flow: at(second.rates[round] as bigint[], source) * x }))
    const most = flows.map(({ flow }) => flow).reduce(max)
    const before = pathTo(Math.min(...flows.filter(({ flow }) => flow === most).map(({ source }) => source)), round - 1)
    return [...(before.includes(node) ? before.slice(0, before.indexOf(node)) : before), node]
  }
  const size = (share: bigint): bigint => (share < 0n ? -share : share)
  return all.map((node) => ({
    credit: Number(second.w[node]),
    backing: Number(second.p[node]),
    positive: Number(second.R[node]),
    negative: Number(second.S[node]),
    shares: () =>
      (second.shares[node] ?? [])
        .filter(({ share }) => share !== 0n)
        .sort((a, b) => Number(size(b.share) - size(a.share)) || a.rater - b.rater)
        .map(({ rater, share }) => ({ rater, share: Number(share), path: pathTo(rater) })),
  }))
}
