/** `vectors/chains.json`: uses of chains, by the reference, with what comes of them, alone and one after the other; and what constraints are worth. */

import { type Encodable, encode, encodeBody } from '@trustmesh/identity'
import { type Bytes, named, seedOf, turned } from './golden.ts'
import { ALICE, BOB, MALLORY, NET } from './handshake-cases.ts'
import { ed25519Key, sha256, signature, signingForm } from './reference.ts'

type Claim = { readonly [field: string]: Encodable | undefined }

/** Dids are keys here. What is not said of the executor is the same in all cases; the page of the vectors tells it. */
export interface ChainCase {
  readonly name: string
  readonly links: readonly Bytes[]
  readonly invocation?: Bytes | undefined
  readonly args: Bytes
  /** What is asked for. */
  readonly can: string
  /** With whom the session is. */
  readonly peer: Bytes
  /** Who decides. */
  readonly executor: Bytes
  /** The authority that the executor names. */
  readonly root: Bytes
  readonly now: number
  /** Up to when the executor's knowledge of who was cut off is complete; it may be 10 s old. */
  readonly freshAsOf: number
  readonly revoked: readonly Bytes[]
  readonly suspended: readonly Bytes[]
  /** Ids of links. */
  readonly void: readonly Bytes[]
  /** What is held of everybody on the chain. */
  readonly opinion: { readonly score: number; readonly confidence: number }
  /** `null` where the use is allowed. */
  readonly code: string | null
  /** `null` where the code is of no link. */
  readonly link: number | null
}

/** Uses one after the other, of one executor that forgets none. */
export interface History {
  readonly name: string
  readonly uses: readonly ChainCase[]
}

export interface TruthCase {
  readonly constraint: object
  readonly args: Bytes
  /** `null` is unknown. */
  readonly truth: boolean | null
}

const NOW = 1_700_000_000_000
const DAY_MS = 86_400_000
const [CAROL, DAVE, ERIN] = [seedOf(3), seedOf(5), seedOf(6)]
const key = ed25519Key
const ARGS = encode({ query: 'cats', limit: 10 })

export interface Sealed {
  readonly id: Bytes
  readonly bytes: Bytes
}

/** A statement of a type, signed with a secret seed. */
export function sealed(seed: Bytes, type: string, claim: Claim): Sealed {
  const payload = encode(claim)
  const id = sha256(signingForm(type, key(seed), payload))
  return { id, bytes: encode([1, type, payload, key(seed), signature(seed, type, payload)]) }
}

/** alice lets bob, bob carol, and carol dave search; each link with what it says instead. */
function chain(...changes: readonly Claim[]): Sealed[] {
  const people = [ALICE, BOB, CAROL, DAVE]
  const links: Sealed[] = []
  for (const i of [0, 1, 2]) {
    const common = { net: NET, iat: NOW, nonce: named(`nonce of link ${i}`, 16) }
    const { by, type, ...fields } = (changes[i] ?? {}) as Claim & { by?: Bytes; type?: string }
    const plain = { aud: key(people[i + 1] as Bytes), root: key(ALICE), can: '/tool/search', where: [] }
    const rest = { exp: NOW + DAY_MS, depth: 2 - i, parent: links[i - 1]?.id ?? null }
    links.push(sealed(by ?? (people[i] as Bytes), type ?? 'delegation', { ...common, ...plain, ...rest, ...fields }))
  }
  return links
}

const PLAIN = chain()

/** Takes all but 29 of the 100,000 steps on {@link ONES}: in each element all 64 values count, though the first decides. */
const COSTLY = { op: 'all', at: ['n'], each: { op: 'in', at: [], values: Array.from({ length: 64 }, (_, i) => i + 1) } }
const ONES = Array.from({ length: 1538 }, () => 1)
const oneOf = (count: number): Encodable => ({ op: 'in', at: ['one'], values: Array.from({ length: count }, () => 1) })
/** As many constraints as that, all but the first inside it. */
const nested = (count: number): Encodable => ({
  op: 'and',
  of: Array.from({ length: count - 1 }, () => ({ op: 'and', of: [] })),
})

function invocation(links: readonly Sealed[], fields: Claim = {}, seed = DAVE): Bytes {
  const common = { net: NET, iat: NOW, nonce: named('nonce of the invocation', 16) }
  const plain = { aud: key(ERIN), leaf: links.at(-1)?.id ?? null, can: '/tool/search', args: sha256(ARGS) }
  return sealed(seed, 'invocation', { ...common, ...plain, exp: NOW + 60_000, ...fields }).bytes
}

/** A use, and `outcome`: the code and the link. */
function use(
  name: string,
  outcome: readonly [code: string | null, link: number | null],
  links: readonly Sealed[] = PLAIN,
  change: Partial<ChainCase> & { readonly invoked?: Claim } = {},
): ChainCase {
  const { invoked, ...fields } = change
  return {
    ...{ name, links: links.map(({ bytes }) => bytes), invocation: invocation(links, invoked), args: ARGS },
    ...{ can: '/tool/search', peer: key(DAVE), executor: key(ERIN), root: key(ALICE), now: NOW, freshAsOf: NOW },
    ...{ revoked: [], suspended: [], void: [], opinion: { score: 700, confidence: 700 } },
    ...fields,
    ...{ code: outcome[0], link: outcome[1] },
  }
}

const ALLOWED = [null, null] as const
const where = (...constraints: Encodable[]): Claim => ({ where: constraints })
const bytesAt = (at: number, bytes: Bytes): Sealed[] => PLAIN.map((link, i) => (i === at ? { ...link, bytes } : link))
const envelopeAt = (at: number, part: number, value: Bytes): Sealed[] => {
  const { bytes } = PLAIN[at] as Sealed
  // The key ends 66 bytes before the end, the signature at it.
  const from = bytes.length - (part === 3 ? 98 : 64)
  return bytesAt(at, Uint8Array.from([...bytes.subarray(0, from), ...value, ...bytes.subarray(from + value.length)]))
}
/** With the arguments that {@link COSTLY} looks at. */
function steps(): Partial<ChainCase> & { readonly invoked: Claim } {
  const args = encode({ n: ONES, one: 1 })
  return { args, invoked: { args: sha256(args) } }
}
const limit = (op: string, value: number): Encodable => ({ op, at: ['limit'], value })
const ENDED = { nbf: NOW - DAY_MS, exp: NOW - 59_999, iat: NOW - DAY_MS }
const within = { nbf: NOW - DAY_MS, exp: NOW - 60_000, iat: NOW - DAY_MS }

export const CHAINS: readonly ChainCase[] = [
  use('three links', ALLOWED),
  use('one link', ALLOWED, PLAIN.slice(0, 1), {
    peer: key(BOB),
    invocation: invocation(PLAIN.slice(0, 1), {}, BOB),
  }),
  use('what is below the capability', ALLOWED, PLAIN, {
    can: '/tool/search/deep',
    invoked: { can: '/tool/search/deep' },
  }),
  use(
    'constraints of every kind, in all links',
    ALLOWED,
    chain(
      where(limit('lte', 10), { op: 'executors', dids: [key(ERIN)] }, { op: 'maxCalls', limit: 1 }),
      where({ op: 'in', at: ['query'], values: ['cats', 'dogs'] }, { op: 'minTier', tier: 'trusted' }),
      where(
        { op: 'or', of: [{ op: 'glob', at: ['query'], value: 'c*s' }, limit('gt', 99)] },
        { op: 'executors', dids: [key(ERIN)] },
        { op: 'rate', limit: 1, windowMs: 1000 },
      ),
    ),
  ),
  use('a minute early', ALLOWED, PLAIN, { now: NOW - 60_000 }),
  use('a minute late, but for a millisecond', ALLOWED, PLAIN, { now: NOW + 119_999, freshAsOf: NOW + 119_999 }),
  use('links that have ended a minute ago, but for a millisecond', ALLOWED, chain(ENDED, ENDED, ENDED)),
  use('64 constraints, those inside others counted', ALLOWED, chain(where(nested(63), limit('lt', 99)))),
  use('constraints of all links that take 100,000 steps', ALLOWED, chain(where(COSTLY), where(oneOf(28))), steps()),
  use('knowledge of ten seconds ago', ALLOWED, PLAIN, { freshAsOf: NOW - 10_000 }),

  use('no link', ['chain.length', null], []),
  use(
    'eleven links',
    ['chain.length', null],
    Array.from({ length: 11 }, () => PLAIN[0] as Sealed),
  ),
  use('a link of 4,097 bytes', ['chain.size', 1], bytesAt(1, new Uint8Array(4097))),
  use(
    'links of 32,769 bytes',
    ['chain.size', null],
    [
      ...Array.from({ length: 8 }, () => ({ id: named('no id'), bytes: new Uint8Array(4000) })),
      { id: named('no id'), bytes: new Uint8Array(769) },
    ],
  ),
  use('bytes that are no envelope', ['chain.envelope', 2], bytesAt(2, Uint8Array.of(0xc1))),
  use(
    'an envelope of version 2',
    ['chain.envelope', 0],
    bytesAt(
      0,
      Uint8Array.from(PLAIN[0]?.bytes ?? [], (byte, i) => (i === 1 ? 2 : byte)),
    ),
  ),
  use('an attestation in place of a link', ['chain.type', 1], chain({}, { type: 'attestation' })),
  use('a signer of small order', ['chain.key', 1], envelopeAt(1, 3, new Uint8Array(32))),
  use(
    'a signature of which a bit is turned',
    ['chain.signature', 0],
    bytesAt(0, turned(PLAIN[0]?.bytes ?? new Uint8Array(), (PLAIN[0]?.bytes.length ?? 0) * 8 - 1)),
  ),
  use('a field that no delegation has', ['chain.decode', 1], chain({}, { extra: 1 })),
  use(
    'a constraint that no delegation has',
    ['chain.decode', 2],
    chain({}, {}, where({ op: 'matches', at: [], value: 'a' })),
  ),
  use(
    'a count that is left to two',
    ['chain.decode', 0],
    chain(where({ op: 'executors', dids: [key(ERIN), key(BOB)] }, { op: 'maxCalls', limit: 1 })),
  ),
  use('65 constraints', ['chain.decode', 1], chain({}, where(nested(64), limit('lt', 99)))),
  use('65 constraints in one', ['chain.decode', 2], chain({}, {}, where(nested(65)))),
  use('a term inside `or`', ['chain.decode', 0], chain(where({ op: 'or', of: [{ op: 'minTier', tier: 'known' }] }))),
  use('a link that lasts longer than a year', ['chain.decode', 0], chain({ exp: NOW + 365 * DAY_MS + 1 })),
  use('another mesh', ['chain.net', 2], chain({}, {}, { net: named('another mesh') })),
  use('a first link that has a parent', ['chain.parent', 0], chain({ parent: named('a parent') })),
  use('a link without a parent in the middle', ['chain.parent', 1], chain({}, { parent: null })),
  use('links in reverse', ['chain.parent', 0], [...PLAIN].reverse()),
  use(
    'a spliced link',
    ['chain.parent', 2],
    [...chain({}, { depth: 1, nonce: named('another nonce', 16) }).slice(0, 2), PLAIN[2] as Sealed],
  ),
  use('the root once more', ['chain.repeat', 2], chain({}, {}, { aud: key(ALICE) })),
  use('another root than the executor names', ['chain.root', 0], PLAIN, { root: key(BOB) }),
  use('a chain of a stranger, who says that it is of the root', ['chain.root', 0], chain({ by: MALLORY })),
  use('a link that names another root', ['chain.root', 1], chain({}, { root: key(BOB) })),
  use('a link by a stranger', ['chain.issuer', 1], chain({}, { by: MALLORY })),
  use('a depth that does not shrink', ['chain.depth', 1], chain({}, { depth: 2 })),
  use('a link beyond the depth', ['chain.depth', 2], chain({}, { depth: 0 })),
  use('a wider capability', ['chain.capability', 1], chain({}, { can: '/tool' })),
  use('a capability that begins alike', ['chain.capability', 2], PLAIN, { can: '/tool/searching' }),
  use('a capability with dots', ['chain.capability', 2], PLAIN, { can: '/tool/search/..' }),
  use('a link that outlives its parent', ['chain.window', 2], chain({}, {}, { exp: NOW + DAY_MS + 1 })),
  use('a link that begins before its parent', ['chain.window', 1], chain({ nbf: NOW - 1 })),
  use('a link that is yet to begin', ['chain.early', 2], chain({}, {}, { nbf: NOW + 60_001 })),
  use('a link from the future', ['chain.early', 1], chain({}, { iat: NOW + 60_001 })),
  use('links that have ended', ['chain.expired', 1], chain({ nbf: NOW - DAY_MS }, within, within)),
  use('arguments that do not decode', ['chain.args', null], PLAIN, { args: Uint8Array.of(0xc1) }),
  use('a constraint that is false', ['chain.constraint', 0], chain(where(limit('lt', 10)))),
  use(
    'a constraint that is unknown',
    ['chain.constraint', 1],
    chain({}, where({ op: 'eq', at: ['user'], value: 'dave' })),
  ),
  use(
    'not of what is unknown',
    ['chain.constraint', 1],
    chain({}, where({ op: 'not', of: { op: 'eq', at: ['user'], value: 'dave' } })),
  ),
  use(
    'constraints of all links that take a step more than 100,000',
    ['chain.constraint', 1],
    chain(where(COSTLY), where(oneOf(29))),
    steps(),
  ),
  use(
    'another executor than the link names',
    ['chain.constraint', 0],
    chain(where({ op: 'executors', dids: [key(BOB)] })),
  ),
  use('a link that was revoked', ['chain.void', 1], PLAIN, { void: [PLAIN[1]?.id ?? new Uint8Array()] }),
  use('a revoked root', ['chain.revoked', 0], PLAIN, { revoked: [key(ALICE)] }),
  use('a revoked audience in the middle', ['chain.revoked', 1], PLAIN, { revoked: [key(CAROL)] }),
  use('a suspended leaf', ['chain.suspended', 2], PLAIN, { suspended: [key(DAVE)] }),
  use('knowledge that is too old', ['chain.stale', null], PLAIN, { freshAsOf: NOW - 10_001 }),
  use('a chain in the hands of another', ['chain.peer', 2], PLAIN, { peer: key(MALLORY) }),
  use('a use without an invocation', ['chain.invocation-missing', null], PLAIN, { invocation: undefined }),
  use('an invocation by another', ['chain.invocation-issuer', null], PLAIN, {
    invocation: invocation(PLAIN, {}, CAROL),
  }),
  use('an invocation that is none', ['chain.invocation', null], PLAIN, {
    invocation: PLAIN[2]?.bytes ?? new Uint8Array(),
  }),
  use('an invocation of six minutes', ['chain.invocation', null], PLAIN, { invoked: { exp: NOW + 360_000 } }),
  use('an invocation of another mesh', ['chain.invocation-net', null], PLAIN, {
    invoked: { net: named('another mesh') },
  }),
  use('an invocation for another executor', ['chain.invocation-executor', null], PLAIN, { invoked: { aud: key(BOB) } }),
  use('an invocation of another chain', ['chain.invocation-leaf', null], PLAIN, { invoked: { leaf: named('a leaf') } }),
  use('an invocation for another action', ['chain.invocation-capability', null], PLAIN, { invoked: { can: '/tool' } }),
  use('an invocation with other arguments', ['chain.invocation-args', null], PLAIN, {
    invoked: { args: named('arguments') },
  }),
  use('an invocation from the future', ['chain.invocation-early', null], PLAIN, {
    invoked: { iat: NOW + 60_001, exp: NOW + 60_002 },
  }),
  use('an invocation that has ended', ['chain.invocation-expired', null], PLAIN, {
    now: NOW + 120_000,
    freshAsOf: NOW + 120_000,
  }),
  use(
    'somebody on the chain who is not trusted enough',
    ['chain.standing', 0],
    chain({}, where({ op: 'minTier', tier: 'vouched' })),
  ),
]

const COUNTED = [{ op: 'executors', dids: [key(ERIN)] }] as const
const calls = (limit: number): Encodable => ({ op: 'maxCalls', limit })
/** A use by an invocation of its own, `laterMs` after the first. */
function another(
  number: number,
  outcome: Parameters<typeof use>[1],
  links: readonly Sealed[],
  { laterMs = 0, ...change }: Partial<ChainCase> & { readonly laterMs?: number } = {},
): ChainCase {
  const now = NOW + laterMs
  const invoked = { nonce: named(`nonce of use ${number}`, 16) }
  return use(`use ${number}`, outcome, links, { now, freshAsOf: now, invoked, ...change })
}

const REPLAYED = ['chain.invocation-replayed', null] as const
const TWICE = chain(where(...COUNTED, calls(2)), where(...COUNTED, calls(1)))
/** Others of the same first link. */
const COUSINS = chain(where(...COUNTED, calls(2)), { nonce: named('another nonce', 16) })
const ONCE = chain({}, where(...COUNTED, calls(1), { op: 'minTier', tier: 'trusted' }))
const TWO_LIMITS = chain({}, {}, where(...COUNTED, calls(2), { op: 'rate', limit: 1, windowMs: 1000 }))
const NOW_AND_THEN = chain({}, where(...COUNTED, { op: 'rate', limit: 2, windowMs: 1000 }))
const TRUSTED = chain({}, {}, where({ op: 'minTier', tier: 'trusted' }))

export const HISTORIES: readonly History[] = [
  {
    name: 'an invocation is good once, to its last millisecond',
    uses: [
      another(1, ALLOWED, PLAIN),
      another(1, REPLAYED, PLAIN),
      another(2, ALLOWED, PLAIN),
      another(3, ALLOWED, PLAIN, { laterMs: 119_998 }),
      another(1, REPLAYED, PLAIN, { laterMs: 119_999 }),
      another(1, ['chain.invocation-expired', null], PLAIN, { laterMs: 120_000 }),
    ],
  },
  {
    name: 'a use that is refused before check 16 spends no invocation',
    uses: [
      another(1, ['chain.void', 1], PLAIN, { void: [PLAIN[1]?.id ?? new Uint8Array()] }),
      another(1, ['chain.invocation-args', null], PLAIN, { args: encode({}) }),
      another(1, ALLOWED, PLAIN),
    ],
  },
  {
    name: 'a use that is refused after it spends its invocation',
    uses: [
      another(1, ['chain.standing', 0], TRUSTED, { opinion: { score: 599, confidence: 700 } }),
      another(1, REPLAYED, TRUSTED),
      another(2, ALLOWED, TRUSTED),
    ],
  },
  {
    name: 'a use counts against every limit or against none, and for all chains that begin alike',
    uses: [
      another(1, ALLOWED, TWICE),
      another(2, ['chain.exhausted', 1], TWICE),
      another(2, REPLAYED, TWICE),
      another(3, ALLOWED, COUSINS),
      another(4, ['chain.exhausted', 0], COUSINS),
    ],
  },
  {
    name: 'a use that is refused before check 18 counts against no limit',
    uses: [
      another(1, ['chain.standing', 0], ONCE, { opinion: { score: 599, confidence: 700 } }),
      another(2, ALLOWED, ONCE),
      another(3, ['chain.exhausted', 1], ONCE),
    ],
  },
  {
    name: 'each limit of a link counts by itself',
    uses: [
      another(1, ALLOWED, TWO_LIMITS),
      another(2, ['chain.exhausted', 2], TWO_LIMITS, { laterMs: 999 }),
      another(3, ALLOWED, TWO_LIMITS, { laterMs: 1000 }),
      another(4, ['chain.exhausted', 2], TWO_LIMITS, { laterMs: 2000 }),
    ],
  },
  {
    name: 'the window of a rate opens with the first use in it, and the next with the first after it',
    uses: [
      another(1, ALLOWED, NOW_AND_THEN),
      another(2, ALLOWED, NOW_AND_THEN, { laterMs: 600 }),
      another(3, ['chain.exhausted', 1], NOW_AND_THEN, { laterMs: 999 }),
      another(4, ALLOWED, NOW_AND_THEN, { laterMs: 1300 }),
      another(5, ALLOWED, NOW_AND_THEN, { laterMs: 2299 }),
      another(6, ['chain.exhausted', 1], NOW_AND_THEN, { laterMs: 2299 }),
      another(7, ALLOWED, NOW_AND_THEN, { laterMs: 2300 }),
    ],
  },
]

const truth = (constraint: object, args: Encodable, is: boolean | null): TruthCase => ({
  constraint,
  args: encodeBody(args),
  truth: is,
})
const eq = (at: string[], value: Encodable) => ({ op: 'eq', at, value })
const [yes, no, unknown] = [eq(['n'], 1), eq(['n'], 2), eq(['missing'], 1)] as const
const ONE = { n: 1 }
const glob = (value: string) => ({ op: 'glob', at: [], value })
const text = (value: string) => ({ op: 'glob', at: ['text'], value })

export const TRUTHS: readonly TruthCase[] = [
  truth(yes, ONE, true),
  truth(no, ONE, false),
  truth(unknown, ONE, null),
  truth({ op: 'not', of: yes }, ONE, false),
  truth({ op: 'not', of: no }, ONE, true),
  truth({ op: 'not', of: unknown }, ONE, null),
  truth({ op: 'and', of: [] }, ONE, true),
  truth({ op: 'and', of: [yes, yes] }, ONE, true),
  truth({ op: 'and', of: [unknown, no] }, ONE, false),
  truth({ op: 'and', of: [yes, unknown] }, ONE, null),
  truth({ op: 'or', of: [] }, ONE, false),
  truth({ op: 'or', of: [no, no] }, ONE, false),
  truth({ op: 'or', of: [unknown, yes] }, ONE, true),
  truth({ op: 'or', of: [no, unknown] }, ONE, null),
  truth(eq(['n'], '1'), ONE, null),
  truth(eq(['n'], true), ONE, null),
  truth(eq([], 1), ONE, null),
  truth(eq([], 1), true, null),
  truth(eq([], 0), false, null),
  truth(eq([], true), 1, null),
  truth(eq([], false), 0, null),
  truth(eq([], false), false, true),
  truth(eq([], true), false, false),
  truth(eq([], 1), 1.5, false),
  truth(eq([], ''), null, null),
  truth(eq([], 'text'), 'text', true),
  truth(eq(['a', 'b'], 1), { a: { b: 1 } }, true),
  truth(eq(['a', '0'], 1), { a: [1] }, null),
  truth(eq(['length'], 1), ['x'], null),
  truth(eq(['toString'], 'x'), {}, null),
  truth({ op: 'in', at: [], values: ['a', 'b'] }, 'b', true),
  truth({ op: 'in', at: [], values: ['a', 'b'] }, 'c', false),
  truth({ op: 'in', at: [], values: ['a', 1] }, 'c', null),
  truth({ op: 'in', at: [], values: ['a', 1] }, 1, true),
  truth({ op: 'in', at: [], values: [1, 'a'] }, true, null),
  truth({ op: 'in', at: [], values: [1, true] }, true, true),
  truth({ op: 'lt', at: [], value: 1 }, false, null),
  truth({ op: 'lt', at: [], value: 2 }, 1.5, true),
  truth({ op: 'lt', at: [], value: 5 }, 4, true),
  truth({ op: 'lt', at: [], value: 5 }, 5, false),
  truth({ op: 'lte', at: [], value: 5 }, 5, true),
  truth({ op: 'gt', at: [], value: -5 }, -5, false),
  truth({ op: 'gte', at: [], value: -5 }, -5, true),
  truth({ op: 'gte', at: [], value: 5 }, '6', null),
  truth({ op: 'prefix', at: [], value: 'ab' }, 'abc', true),
  truth({ op: 'prefix', at: [], value: 'ab' }, 'a', false),
  truth({ op: 'prefix', at: [], value: '' }, [], null),
  truth(glob('*'), '', true),
  truth(glob('*'), 'a/b', false),
  truth(glob('/docs/*'), '/docs/a.txt', true),
  truth(glob('/docs/*'), '/docs/../secret', false),
  truth(glob('a*b*c'), 'a-b-b-c', true),
  truth(glob('ab*ba'), 'aba', false),
  truth(glob('a.c'), 'abc', false),
  truth(glob('*'), 7, null),
  truth({ op: 'all', at: ['to'], each: glob('*@example.org') }, { to: ['a@example.org', 'b@example.org'] }, true),
  truth({ op: 'all', at: ['to'], each: glob('*@example.org') }, { to: ['a@example.org', 'b@example.com'] }, false),
  truth({ op: 'all', at: ['to'], each: glob('*@example.org') }, { to: ['a@example.org', 7] }, null),
  truth({ op: 'all', at: ['to'], each: glob('*@example.org') }, { to: [] }, true),
  truth({ op: 'all', at: ['to'], each: glob('*@example.org') }, { to: 'a@example.org' }, null),
  truth({ op: 'any', at: ['to'], each: glob('*@example.org') }, { to: [7, 'b@example.org'] }, true),
  truth({ op: 'any', at: ['to'], each: glob('*@example.org') }, { to: [7, 'b@example.com'] }, null),
  truth({ op: 'any', at: ['to'], each: glob('*@example.org') }, { to: [] }, false),

  // 100,000 steps: 2 for `and` and `all`, 65 for each of 1,538 elements, and 28.
  truth({ op: 'and', of: [COSTLY, oneOf(27)] }, { n: ONES, one: 1 }, true),
  truth({ op: 'and', of: [COSTLY, oneOf(28)] }, { n: ONES, one: 1 }, null),
  truth({ op: 'and', of: [COSTLY, text('*')] }, { n: ONES, text: `${'x'.repeat(25)}🦊` }, true),
  truth({ op: 'and', of: [COSTLY, text('*')] }, { n: ONES, text: `${'x'.repeat(26)}🦊` }, null),
  truth({ op: 'and', of: [COSTLY, oneOf(28), { op: 'or', of: [] }] }, { n: ONES, one: 1 }, null),
  truth({ op: 'or', of: [{ op: 'not', of: COSTLY }, oneOf(28), eq(['one'], 1)] }, { n: ONES, one: 1 }, null),
]
