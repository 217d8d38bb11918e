import { STATUSES, TIERS } from '@trustmesh/trust/words'
import * as z from 'zod'
import type { Contract } from './contract.ts'
import { context, count, did, ofDid, pageOf, pageQuery, share, wordFilter } from './fields.ts'

/** An agent as its operator sees it. */
const agent = z
  .strictObject({
    did,
    /** What it calls itself: to be shown, never to be decided upon. */
    name: z.exactOptional(z.string()),
    /** `unknown`, `active`, `suspended` or `revoked`. */
    status: z.string(),
    /** 0 to 1000. */
    score: share,
    tier: z.string(),
    /** Thousandths. */
    confidence: share,
    connected: z.boolean(),
    /** How many it has open here. */
    sessions: count,
  })
  .meta({ id: 'Agent' })

export const listAgents = {
  id: 'listAgents',
  method: 'GET',
  path: '/v1/agents',
  role: 'viewer',
  summary: 'The agents that are here, and all who have been since this node started',
  query: z.strictObject({
    ...pageQuery,
    status: wordFilter(STATUSES).optional(),
    tier: wordFilter(TIERS).optional(),
    connected: wordFilter(['true', 'false']).optional(),
  }),
  statuses: [200],
  answer: pageOf(agent),
} as const satisfies Contract

export const getAgent = {
  id: 'getAgent',
  method: 'GET',
  path: '/v1/agents/:did',
  role: 'viewer',
  summary: 'Anybody of whom there is something to say',
  params: ofDid,
  statuses: [200],
  answer: agent,
} as const satisfies Contract

export const getDidDocument = {
  id: 'getDidDocument',
  method: 'GET',
  path: '/v1/agents/:did/did.json',
  role: 'viewer',
  summary: 'The DID document of any Did, which follows from the Did alone',
  params: ofDid,
  statuses: [200],
  answer: 'application/did+ld+json',
} as const satisfies Contract

/** In which context; in the general one unless told otherwise. */
const inContext = z.strictObject({ ctx: context.default('') })

/** What is held of a Did in a context. */
const standing = z
  .strictObject({
    did,
    ctx: z.string(),
    status: z.enum(STATUSES),
    score: share,
    tier: z.enum(TIERS),
    confidence: share,
    epoch: count,
  })
  .meta({ id: 'Standing' })

export const getStanding = {
  id: 'getStanding',
  method: 'GET',
  path: '/v1/agents/:did/standing',
  role: 'viewer',
  summary: 'What is held of a Did in a context',
  params: ofDid,
  query: inContext,
  statuses: [200],
  answer: standing,
  cost: 5,
} as const satisfies Contract

/** Who made a score what it is. Evidence is in micro-units. */
const explanation = z
  .strictObject({
    standing,
    positive: count,
    negative: count,
    contributions: z.array(z.strictObject({ rater: did, share: z.int(), credit: share, path: z.array(did) })),
    /** What all others add. */
    rest: z.strictObject({ raters: count, positive: count, negative: count }),
  })
  .meta({ id: 'Explanation' })

export const getExplanation = {
  id: 'getExplanation',
  method: 'GET',
  path: '/v1/agents/:did/explanation',
  role: 'viewer',
  summary: 'Who made the score of a Did what it is now',
  params: ofDid,
  query: inContext,
  statuses: [200],
  answer: explanation,
  cost: 5,
} as const satisfies Contract
