/** Statements of every kind, good and bad, old and new, that contradict, supersede, revoke and succeed each other. */

import {
  type Identity,
  keyOf,
  type Statement,
  type StatementId,
  sealStatement,
  type Verified,
} from '@trustmesh/identity'
import { commitmentTo, issueDelegation, issueLease, parseDelegation } from '../src/index.ts'
import * as cast from './cast.ts'
import {
  ada,
  alice,
  at,
  attest,
  bob,
  carol,
  DAY_MS,
  mallory,
  NOW,
  net,
  olga,
  oskar,
  otto,
  present,
  random,
  revoke,
  rotate,
  suspend,
} from './cast.ts'

type Signed = Verified<Statement>

/** The horizons that part the pool: at some of them some of it has ended. */
export const HORIZONS: readonly number[] = [30, 364, 365, 366, 400, 500, 730, 731, 800, 1140].map(
  (days) => NOW + days * DAY_MS,
)

/** The ages at which statements of the pool were issued: of now, and of up to most of a year ago. */
const AGES_MS = [2, 1, 100 * DAY_MS, 300 * DAY_MS]
/** When some of what was said before is said again. */
const SECOND_YEAR = NOW + 400 * DAY_MS

export async function pool(): Promise<Signed[]> {
  const ratings = await ofRatings()
  const delegations = await ofDelegations()
  const statements = [
    ...ratings,
    ...delegations,
    ...(await ofSecondYear()),
    ...(await ofHolds()),
    ...(await ofSuccessions()),
    ...(await ofRevocations(ratings, delegations)),
    ...(await Promise.all([alice, bob, mallory].flatMap((by) => AGES_MS.map((age) => lease(by, age))))),
    ...(await Promise.all([{}, { seq: NOW }, { seq: 'late' }].map((fields) => unknown(fields)))),
    await cast.sealAttestation(alice, { net: cast.otherNet }),
    await cast.sealAttestation(bob),
  ]
  return statements
}

function ofRatings(): Promise<Signed[]> {
  const rated = [alice, ada, bob, mallory].flatMap((by) =>
    [bob, carol, mallory].flatMap(({ did: sub }) => {
      if (by.did === sub) return []
      return [
        attest(by, { sub, value: 800 }, NOW - 2),
        attest(by, { sub, value: -300, weight: 3000 }, NOW - 1),
        attest(by, { sub, value: 600, exp: NOW + DAY_MS }, NOW - 1),
        attest(by, { sub, value: 700 }, NOW - 300 * DAY_MS),
        attest(by, { sub, value: 100, ctx: 'tool/search' }, NOW - 100 * DAY_MS),
      ]
    }),
  )
  return Promise.all(rated)
}

/** What outlives a year, what is renewed in the next with new evidence or without, and what is taken back then. */
async function ofSecondYear(): Promise<Signed[]> {
  const renewals = await Promise.all(
    [alice, bob].flatMap((by) =>
      [carol, mallory].flatMap(({ did: sub }) => [
        attest(by, { sub, value: 900, evidenceAt: NOW - 300 * DAY_MS }, SECOND_YEAR),
        attest(by, { sub, value: 500 }, SECOND_YEAR + DAY_MS),
        attest(by, { sub, value: 400, exp: NOW + 366 * DAY_MS }, NOW + 2 * DAY_MS),
      ]),
    ),
  )
  const [first] = renewals as [Signed]
  return Promise.all([
    ...renewals,
    issueDelegation(alice, { aud: bob.did, can: '/tool', depth: 2 }, at(SECOND_YEAR)),
    lease(bob, NOW - SECOND_YEAR),
    suspend(otto, { sub: carol.did, until: SECOND_YEAR + DAY_MS }, SECOND_YEAR),
    revoke(alice, { iss: first.signer, id: first.id }, undefined, SECOND_YEAR + 2),
    revoke(oskar, { did: mallory.did }, undefined, SECOND_YEAR),
  ])
}

async function ofDelegations(): Promise<Signed[]> {
  const granted = await Promise.all(
    AGES_MS.map((age) => issueDelegation(alice, { aud: bob.did, can: '/tool', depth: 2 }, at(NOW - age))),
  )
  const passedOn = granted.slice(0, 2).map((link) => {
    const parent = parseDelegation(link)
    return issueDelegation(bob, { aud: mallory.did, can: '/tool/search', depth: 1, parent }, at(parent.iat + 1))
  })
  return [...granted, ...(await Promise.all(passedOn))]
}

function ofHolds(): Promise<Signed[]> {
  return Promise.all([
    ...[olga, otto].flatMap((by) => [
      suspend(by, { sub: bob.did }, NOW - 100 * DAY_MS),
      suspend(by, { sub: bob.did, until: NOW + DAY_MS }),
      suspend(by, { sub: bob.did }),
    ]),
    suspend(olga, { sub: bob.did, lifted: true }),
    suspend(olga, { sub: carol.did, lifted: true, previousSeq: NOW }),
    suspend(olga, { sub: carol.did, until: NOW + 5 * DAY_MS }),
    suspend(oskar, { sub: mallory.did, until: NOW + 2 * DAY_MS }),
    suspend(mallory, { sub: alice.did }),
  ])
}

async function ofSuccessions(): Promise<Signed[]> {
  const mine = await present(bob, { next: commitmentTo(carol.did) })
  const own = { by: bob, next: commitmentTo(mallory.did) }
  return Promise.all([
    mine,
    present(bob, { next: commitmentTo(mallory.did) }),
    present(bob, { previousSeq: 0, model: 'm' }),
    present(carol, { next: commitmentTo(mallory.did) }),
    present(mallory, { next: commitmentTo(bob.did) }),
    present(mallory, { previousSeq: 0 }, NOW - 1),
    rotate(bob, carol, own),
    rotate(bob, mallory, { by: bob }),
    rotate(mallory, bob, { next: commitmentTo(carol.did) }),
    rotate(carol, mallory, { next: commitmentTo(bob.did) }),
    rotate(carol, ada, { by: olga }),
    rotate(carol, ada, { by: otto }),
    rotate(bob, ada, { by: otto }),
    rotate(bob, ada, { by: oskar }),
    ...[olga, otto].map((by) => rotate(bob, carol, { ...own, by })),
    rotate(carol, bob, { by: mallory }),
  ])
}

async function ofRevocations(ratings: readonly Signed[], delegations: readonly Signed[]): Promise<Signed[]> {
  const people = [alice, ada, bob, mallory]
  const retractions = [...ratings.filter((_, i) => i % 7 === 0), ...delegations.slice(0, 1)].map(({ id, signer }) =>
    revoke(people.find(({ did }) => did === signer) as Identity, { iss: signer, id }),
  )
  const recoverable = await present(ada, { recovery: mallory.did })
  const [first, , , , child] = delegations as [Signed, Signed, Signed, Signed, Signed]
  return Promise.all([
    ...retractions,
    ...[olga, otto, oskar, carol, mallory].flatMap((by) => [
      revoke(by, { did: carol.did }),
      revoke(by, { did: ada.did }),
    ]),
    ...[300, 1, 0].map((days) => revoke(alice, { iss: first.signer, id: first.id }, undefined, NOW - days * DAY_MS)),
    revoke(mallory, { did: ada.did }, [recoverable.bytes]),
    ...[olga, oskar, bob].map((by) => revoke(by, { did: bob.did })),
    revoke(carol, { did: carol.did }),
    revoke(alice, { iss: child.signer, id: child.id }, [first.bytes, child.bytes]),
    revoke(mallory, { iss: child.signer, id: child.id }, [child.bytes]),
    revoke(mallory, { iss: first.signer, id: first.id }, [child.bytes]),
    revoke(mallory, { did: bob.did }, [new Uint8Array(1)]),
    revoke(bob, { iss: bob.did, id: 'ab'.repeat(32) as StatementId }),
  ])
}

function lease(by: Identity, age: number): Promise<Signed> {
  return issueLease(by, { node: carol.did }, at(NOW - age))
}

function unknown(fields: object): Promise<Signed> {
  return sealStatement(mallory, 'x-note', { net, iat: NOW, nonce: random(16), about: keyOf(bob.did), ...fields })
}
