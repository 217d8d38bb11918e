/** A mesh with members, sponsors and agents, and what they say, for the laws of who is admitted. */

import {
  type Did,
  type Identity,
  identityFromSeed,
  type Statement,
  sealStatement,
  type Verified,
} from '@trustmesh/identity'
import { issueDelegation, issueLease, parseDelegation } from '../src/index.ts'
import { AGENT, MEMBER } from '../src/set/admissions.ts'
import { StatementSet } from '../src/set/statement-set.ts'
import {
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
  policy,
  present,
  random,
  revoke,
  rotate,
} from './cast.ts'

const person = (seed: number): Identity => identityFromSeed(new Uint8Array(32).fill(seed))
/** Members. */
export const nora: Identity = person(21)
export const nils: Identity = person(22)
const nina = person(23)
const heir = person(24)

/** A set that holds what the admitted say. */
export const admitting = (maxSponsored = 10_000, maxPerIssuer = 256): StatementSet =>
  new StatementSet({ net, policy, maxPerIssuer, admission: { root: alice.did, maxSponsored } })

/** `by` makes a member of somebody, after the link that made it one. */
export const enlist = async (
  by: Identity,
  node: Did,
  parent: Verified<Statement> | null,
  { depth = 0, now = NOW }: { depth?: number; now?: number } = {},
): Promise<Verified<Statement>> => {
  const upTo = parent ? parseDelegation(parent) : null
  const exp = upTo?.exp ?? now + 365 * DAY_MS
  return issueDelegation(by, { aud: node, can: MEMBER, depth, exp, ...(upTo && { parent: upTo }) }, at(now))
}

/** `by` answers for an agent. */
export const sponsor = (by: Identity, agent: Did, now: number = NOW): Promise<Verified<Statement>> =>
  issueDelegation(by, { aud: agent, can: AGENT, exp: now + 365 * DAY_MS }, at(now))

/** Up to when everything of a year before the last few days has ended. */
const LAST_YEAR = NOW - 365 * DAY_MS

/** Statements of which each admits, says or ends something. */
export async function memberPool(): Promise<Verified<Statement>[]> {
  const first = await enlist(alice, olga.did, null, { depth: 2 })
  const old = await enlist(alice, otto.did, null, { depth: 1, now: LAST_YEAR + DAY_MS })
  const toNora = await enlist(olga, nora.did, first, { depth: 1 })
  const toNils = await enlist(olga, nils.did, first)
  const toNina = await enlist(nora, nina.did, toNora)
  const toNilsOld = await enlist(otto, nils.did, old, { now: LAST_YEAR + 2 * DAY_MS })
  const direct = await enlist(alice, nina.did, null, { now: NOW - 3 })
  const links = [first, old, toNora, toNils, toNina, toNilsOld, direct]
  const agents = [bob, carol, mallory]
  const sponsored = await Promise.all([
    ...[nora, nils, nina, olga].flatMap((by, i) => agents.map(({ did }, j) => sponsor(by, did, NOW - 10 * i - j))),
    ...agents.map(({ did }, i) => sponsor(nora, did, LAST_YEAR + DAY_MS * (i + 1))),
    // By whom nobody has asked to: an agent is no sponsor.
    sponsor(bob, carol.did),
    sponsor(mallory, bob.did),
  ])
  const said = await Promise.all(
    [...agents, nora, nils, nina, otto, heir].flatMap((by, i) => [
      attest(by, { sub: alice.did, value: 10 * i }, NOW - i),
      attest(by, { sub: oskar.did, value: 10 * i }, LAST_YEAR + DAY_MS * i),
      present(by, { name: `agent ${i}` }),
      issueLease(by, { node: nora.did, exp: NOW + DAY_MS }, at(NOW)),
      issueDelegation(by, { aud: alice.did, can: '/tool/search' }, at(NOW)),
      sealStatement(by, 'prophecy', { net, iat: NOW, nonce: random(16), of: i }),
    ]),
  )
  const idOf = ({ signer, id }: Verified<Statement>) => ({ iss: signer, id })
  const ended = await Promise.all([
    ...[...links, ...sponsored.slice(0, 8)].map((each) =>
      revoke([alice, olga, otto, nora, nils, nina].find(({ did }) => did === each.signer) as Identity, idOf(each)),
    ),
    ...[bob, nora, nils].map((by) => revoke(by, { did: by.did })),
    ...[olga, otto].flatMap((by) => [nina, mallory, nora].map(({ did }) => revoke(by, { did }))),
    rotate(carol, heir),
    rotate(mallory, heir),
    rotate(carol, nina),
    rotate(nils, heir),
    rotate(heir, bob),
  ])
  return [...links, ...sponsored, ...said, ...ended]
}
