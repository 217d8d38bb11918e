import { type Did, type Identity, identityFromSeed, keyOf, type Statement, type Verified } from '@trustmesh/identity'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  ada,
  alice,
  attest,
  bob,
  carol,
  mallory,
  NOW,
  net,
  policy,
  present,
  rotate,
  sealAttestation,
} from '../../test/cast.ts'
import { hex } from '../fields.ts'
import { decide } from '../gate/gate.ts'
import { StatementSet } from '../set/statement-set.ts'
import { standingBy } from '../standing.ts'
import { commitmentTo } from '../statements/rotation.ts'
import { DEFAULT_MODEL } from './model.ts'
import { Scorer } from './scorer.ts'

type Signed = Verified<Statement>

const runs = { numRuns: 1000 }
const CONTEXTS = ['', 'tool']
const known = [alice, ada, bob, carol, mallory]
/** New keys of mallory's, or of anybody's. */
const newcomers = Array.from({ length: 6 }, (_, i) => identityFromSeed(new Uint8Array(32).fill(100 + i)))
const didsOf = (identities: readonly Identity[]): Did[] => identities.map(({ did }) => did)

const scorerOf = (statements: readonly Signed[], now = NOW): Scorer => {
  const set = new StatementSet({ net, policy })
  for (const statement of statements) set.add(statement)
  const scorer = new Scorer(DEFAULT_MODEL, set.policy.roots, set)
  scorer.advance(now)
  return scorer
}
/** R and S of everybody. */
const evidence = (scorer: Scorer): unknown[] =>
  CONTEXTS.flatMap((ctx) => didsOf([...known, ...newcomers]).map((did) => scorer.evidenceOf(did, ctx)))

/** All that some say of others: the best and the worst, and in a context. */
const words = (by: readonly Identity[], of: readonly Identity[]): Promise<Signed[]> =>
  Promise.all(
    by.flatMap((one) =>
      didsOf(of)
        .filter((sub) => sub !== one.did)
        .flatMap((sub) => [
          attest(one, { sub, value: 1000, weight: 3000 }, NOW - 2),
          attest(one, { sub, value: -1000, weight: 3000 }, NOW - 1),
          attest(one, { sub, value: 1000, weight: 3000, ctx: 'tool' }),
        ]),
    ),
  )
const someOf = (statements: readonly Signed[]): fc.Arbitrary<Signed[]> =>
  fc
    .shuffledSubarray([...statements.keys()], { maxLength: Math.min(24, statements.length) })
    .map((indices) => indices.map((index) => statements[index] as Signed))

const isPraiseOf = ({ did }: Identity, { claim }: Signed): boolean =>
  hex(claim['sub'] as Uint8Array) === hex(keyOf(did)) && Number(claim['value']) > 0

let told: Signed[] = []
let crowds: Signed[] = []
beforeAll(async () => {
  told = await words(known, known)
  crowds = await words([...newcomers, mallory], [...newcomers, ...known])
})

describe('whoever comes anew', () => {
  /** What is said among those who are known, but nothing good of mallory; and by mallory and the new names, of anybody. */
  const shedding = () => fc.tuple(someOf(told.filter((word) => !isPraiseOf(mallory, word))), someOf(crowds))

  it('T2 T13 obtains nothing that a requirement guards, whatever is said by the crowd and by whoever sheds a bad name', () => {
    const asked = fc.record({
      peer: fc.constantFrom(...didsOf(newcomers)),
      ctx: fc.constantFrom(...CONTEXTS),
      minTier: fc.constantFrom('known', 'trusted', 'vouched'),
    })
    fc.assert(
      fc.property(shedding(), asked, ([told, crowd], { peer, ctx, minTier }) => {
        const standing = standingBy(scorerOf([...told, ...crowd]), peer, ctx, 0)
        expect(standing).toMatchObject({ status: 'unknown', score: 300, confidence: 0 })
        const verdict = decide({ standing }, { minTier, ctx }, { peer, self: alice.did, kind: 'task', epoch: 0 })
        expect(verdict).toMatchObject({ allow: false, denial: { code: 'gate.tier-too-low' } })
      }),
      runs,
    )
  })

  it('T1 T2 T3 T4 changes nothing for anybody, those who brought it least of all', () => {
    fc.assert(
      fc.property(shedding(), ([told, crowd]) => {
        expect(evidence(scorerOf([...crowd, ...told]))).toEqual(evidence(scorerOf(told)))
      }),
      runs,
    )
  })
})

describe('what is said of oneself', () => {
  it('T3 changes no score, as little as what is said of those whom one succeeds or who succeed one', async () => {
    const heir = newcomers[0] as Identity
    const succession = await Promise.all([present(mallory, { next: commitmentTo(heir.did) }), rotate(mallory, heir)])
    const of = (sub: Identity) => ({ value: 1000, weight: 3000, sub: keyOf(sub.did) })
    const own = await Promise.all([
      ...[...known, heir].map((one) => sealAttestation(one, of(one))),
      sealAttestation(heir, of(mallory)),
      sealAttestation(mallory, of(heir)),
    ])
    fc.assert(
      fc.property(someOf(told), someOf(own), fc.boolean(), (told, own, isFirst) => {
        const said = [...told, ...succession]
        const statements = isFirst ? [...own, ...said] : [...said, ...own]
        expect(evidence(scorerOf(statements))).toEqual(evidence(scorerOf(said)))
      }),
      runs,
    )
  })
})
