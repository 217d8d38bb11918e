import * as z from 'zod'
import type { Contract } from './contract.ts'
import { count, did, pageOf, pageQuery, person, timeMs, wordFilter } from './fields.ts'
import { role } from './role.ts'

/** Whom a request is made by. */
const whoami = z
  .strictObject({
    /** The name of a static token, or the Did of whoever signed in. */
    name: person,
    role,
    did: z.exactOptional(did),
    /** When the login ends, ms; static tokens have no end. */
    expiresAt: z.exactOptional(timeMs),
  })
  .meta({ id: 'Person' })

export const getWhoami = {
  id: 'getWhoami',
  method: 'GET',
  path: '/v1/whoami',
  role: 'viewer',
  summary: 'Whom this token stands for',
  statuses: [200],
  answer: whoami,
} as const satisfies Contract

/** The mesh as this node knows it. */
const meshView = z
  .strictObject({
    /** SHA-256 of the Did of the root, in hex. */
    net: z.string(),
    root: did,
    authorities: z.array(did),
    threshold: z.int().min(1),
    /** `open`, or `invited`. */
    admission: z.string(),
    /** The node that answers. */
    node: did,
    /** `syncing`, or `serving`. */
    state: z.string(),
    /** In whose name the node revokes, suspends and attests; `null` where it holds no such key. */
    authority: did.nullable(),
    /** How many statements it holds, and what stands for all of them: nodes that hold the same have the same. */
    statements: count,
    fingerprint: z.string(),
  })
  .meta({ id: 'Mesh' })

export const getMesh = {
  id: 'getMesh',
  method: 'GET',
  path: '/v1/mesh',
  role: 'viewer',
  summary: 'The mesh, as this node knows it',
  statuses: [200],
  answer: meshView,
} as const satisfies Contract

/** A member of the mesh, as this node sees it. */
const node = z
  .strictObject({
    did,
    /** Whether it is the node that answers. */
    isSelf: z.boolean(),
    isLinked: z.boolean(),
    /** What it has last said of itself, `syncing` or `serving`; `null` where it has not been heard. */
    state: z.string().nullable(),
    statements: count.nullable(),
    /** How old what is known of its revocations is, in ms; `null` where it has not been heard. */
    ageMs: z.number().nonnegative().nullable(),
  })
  .meta({ id: 'Node' })

export const listNodes = {
  id: 'listNodes',
  method: 'GET',
  path: '/v1/nodes',
  role: 'viewer',
  summary: 'The nodes of the mesh',
  query: z.strictObject({
    ...pageQuery,
    linked: wordFilter(['true', 'false']).optional(),
  }),
  statuses: [200],
  answer: pageOf(node),
} as const satisfies Contract

/** An agent that is here. */
const session = z
  .strictObject({
    did,
    /** Network address of the other end, without its port. */
    peer: z.string(),
    /** Bytes that it has not taken yet. */
    backlog: count,
  })
  .meta({ id: 'Session' })

export const listSessions = {
  id: 'listSessions',
  method: 'GET',
  path: '/v1/sessions',
  role: 'viewer',
  summary: 'The agents that are in session with this node',
  query: z.strictObject({ ...pageQuery }),
  statuses: [200],
  answer: pageOf(session),
} as const satisfies Contract
