/** `vectors/replication.json`: keys, fingerprints and answers by `docs/spec/replication.md`, told without a tree; and heads. */

import { type Encodable, encode } from '@trustmesh/identity'
import { type Bytes, named, seedOf } from './golden.ts'
import { concat, ed25519Key, sha256, signature, signingForm } from './reference.ts'

interface KeyCase {
  readonly id: Bytes
  /** ms; absent where it stays for ever. */
  readonly expiry?: number
  readonly key: Bytes
}

interface Collection {
  readonly name: string
  readonly keys: readonly Bytes[]
}

interface Fingerprint {
  readonly of: string
  readonly prefix: Bytes
  readonly horizon: number
  readonly count: number
  readonly fingerprint: Bytes
}

interface Answer {
  readonly name: string
  /** What is held by whoever answers, and its horizon. */
  readonly of: string
  readonly horizon: number
  /** Ranges that it looks at, at most. */
  readonly budget: number
  readonly compare: {
    readonly id: Bytes
    readonly of: 'statements'
    readonly horizon: number
    readonly ranges: readonly (readonly [prefix: Bytes, fingerprint: Bytes])[]
  }
  readonly differ: {
    readonly re: Bytes
    readonly horizon: number
    readonly looked: number
    readonly deeper: readonly number[]
    readonly listed: readonly (readonly [place: number, keys: readonly Bytes[]])[]
  }
}

interface Head {
  readonly name: string
  readonly envelope: Bytes
  readonly id?: Bytes
  readonly code?: string
}

const DAY_MS = 86_400_000
const FOREVER = 65_535
const GREATEST_DAY = 65_534

function keyOf(id: Bytes, expiry?: number): Bytes {
  const day = expiry === undefined ? FOREVER : Math.min(GREATEST_DAY, Math.floor(expiry / DAY_MS))
  return concat(Uint8Array.of(day >> 8, day & 255), id)
}

const keyCase = (name: string, expiry?: number): KeyCase => {
  const id = named(`statement ${name}`)
  return { id, ...(expiry !== undefined && { expiry }), key: keyOf(id, expiry) }
}

export const KEYS: readonly KeyCase[] = [
  keyCase('at the beginning', 0),
  keyCase('in the last moment of a day', DAY_MS - 1),
  keyCase('in the first of the next', DAY_MS),
  keyCase('of now', 1_767_225_600_000),
  keyCase('on the last day', GREATEST_DAY * DAY_MS),
  keyCase('beyond it', Number.MAX_SAFE_INTEGER),
  keyCase('for ever'),
]

const hexOf = (bytes: Bytes): string => Buffer.from(bytes).toString('hex')
const inOrder = (keys: readonly Bytes[]): Bytes[] => keys.toSorted((a, b) => (hexOf(a) < hexOf(b) ? -1 : 1))
const dayOf = (key: Bytes): number => Number.parseInt(hexOf(key).slice(0, 4), 16)
const digitsOf = (prefix: Bytes): string => [...prefix].map((nibble) => nibble.toString(16)).join('')
const prefixOf = (digits: string): Bytes => Uint8Array.from(digits, (digit) => Number.parseInt(digit, 16))

function under(keys: readonly Bytes[], prefix: Bytes, horizon: number): Bytes[] {
  return inOrder(keys.filter((key) => hexOf(key).startsWith(digitsOf(prefix)) && dayOf(key) >= horizon))
}

function fingerprint(keys: readonly Bytes[], depth: number): Bytes {
  const label = Buffer.from('TrustMesh/v1 range')
  if (keys.length === 0) return new Uint8Array(32)
  if (keys.length <= 16) return sha256(label, Uint8Array.of(0), ...keys)
  const parts = [...'0123456789abcdef'].map((digit) => keys.filter((key) => hexOf(key)[depth] === digit))
  return sha256(label, Uint8Array.of(1), ...parts.map((part) => fingerprint(part, depth + 1)))
}

const rangeOf = (keys: readonly Bytes[], prefix: Bytes, horizon: number): Bytes =>
  fingerprint(under(keys, prefix, horizon), prefix.length)

const TODAY = 20_454
const many = (name: string, count: number, days = 3): Bytes[] =>
  Array.from({ length: count }, (_, i) =>
    keyOf(named(`${name} ${i}`), i % 8 === 7 ? undefined : (TODAY + (i % days)) * DAY_MS),
  )

const MOST = many('one', 120)
export const SETS: readonly Collection[] = [
  { name: 'none', keys: [] },
  { name: 'one', keys: many('one', 1) },
  { name: 'sixteen', keys: inOrder(many('one', 16)) },
  { name: 'seventeen', keys: inOrder(many('one', 17)) },
  { name: 'many', keys: inOrder(MOST) },
  { name: 'almost as many', keys: inOrder([...MOST.slice(3), ...many('other', 2)]) },
]
const setOf = (name: string): readonly Bytes[] => SETS.find((set) => set.name === name)!.keys

const ASKED = [
  '',
  '4',
  '4f',
  '4fe',
  '4fe6',
  '4fe8',
  'f',
  'ffff',
  '0',
  '5',
  hexOf(MOST[0]!),
  hexOf(MOST[0]!).slice(0, 6),
]

export const FINGERPRINTS: readonly Fingerprint[] = SETS.flatMap(({ name, keys }) =>
  ASKED.flatMap((digits) =>
    [0, TODAY + 1, FOREVER].map((horizon): Fingerprint => {
      const prefix = prefixOf(digits)
      const { length: count } = under(keys, prefix, horizon)
      return { of: name, prefix, horizon, count, fingerprint: rangeOf(keys, prefix, horizon) }
    }),
  ),
)

const EVERY_RANGE = 128

function answer(
  name: string,
  { asker = 'many', of = 'almost as many', horizons = [TODAY, TODAY], asked = [''], budget = EVERY_RANGE },
): Answer {
  const [theirs = 0, horizon = 0] = horizons
  const [mine, held] = [setOf(asker), setOf(of)]
  const from = Math.max(theirs, horizon)
  const ranges = asked.map(prefixOf).map((prefix): [Bytes, Bytes] => [prefix, rangeOf(mine, prefix, theirs)])
  const looked = Math.min(budget, ranges.length)
  const differing = [...ranges.keys()].filter((place) => {
    const [prefix, print] = ranges[place]!
    return place < looked && hexOf(rangeOf(held, prefix, from)) !== hexOf(print)
  })
  const keysAt = (place: number): Bytes[] => under(held, ranges[place]![0], from)
  const id = named(`compare ${name}`, 16)
  return {
    ...{ name, of, horizon, budget },
    compare: { id, of: 'statements', horizon: theirs, ranges },
    differ: {
      ...{ re: id, horizon: from, looked },
      deeper: differing.filter((place) => keysAt(place).length > 4),
      listed: differing
        .filter((place) => keysAt(place).length <= 4)
        .map((place): [number, Bytes[]] => [place, keysAt(place)]),
    },
  }
}

const parts = (digits: string): string[] => [...'0123456789abcdef'].map((digit) => digits + digit)

export const ANSWERS: readonly Answer[] = [
  answer('the same', { of: 'many' }),
  answer('everything differs', {}),
  answer('nothing is held', { of: 'none' }),
  answer('nothing is held by the asker', { asker: 'none' }),
  answer('parts of what differs', { asked: parts('4fe') }),
  answer('parts of a day', { asked: parts('4fe6') }),
  answer('parts of two days, within a budget', { asked: [...parts('4fe6'), ...parts('ffff')], budget: 20 }),
  answer('no budget at all', { budget: 0 }),
  answer('a later horizon of the asker', { horizons: [TODAY + 1, TODAY], asked: ['', ...parts('4fe')] }),
  answer('a later horizon of the other', { horizons: [TODAY, TODAY + 1], asked: ['', ...parts('4fe')] }),
  answer('whole keys', { asked: MOST.slice(0, 5).map(hexOf) }),
]

const ALICE = seedOf(1)
const BOB_KEY = ed25519Key(seedOf(2))
const iat = 1_767_225_600_000
const said = {
  ...{ net: sha256(ed25519Key(ALICE)), iat, nonce: named('head nonce', 16), seq: iat, count: 120 },
  ...{ set: rangeOf(MOST, new Uint8Array(), TODAY), revoked: new Uint8Array(32), links: [BOB_KEY], state: 'serving' },
}

function head(name: string, fields: { readonly [field: string]: Encodable | undefined } = {}, code?: string): Head {
  const key = ed25519Key(ALICE)
  const payload = encode({ ...said, ...fields })
  const envelope = encode([1, 'head', payload, key, signature(ALICE, 'head', payload)])
  return { name, envelope, ...(code ? { code } : { id: sha256(signingForm('head', key, payload)) }) }
}

export const HEADS: readonly Head[] = [
  head('of a node that serves'),
  head('of a node that catches up, alone', { state: 'syncing', links: [], count: 0, set: new Uint8Array(32) }),
  head('dated after it was issued', { seq: iat + 1 }, 'head.seq'),
  head('linked with itself', { links: [ed25519Key(ALICE)] }, 'head.links'),
  head('linked twice with the same', { links: [BOB_KEY, BOB_KEY] }, 'head.links'),
  head('with 65 links', { links: Array.from({ length: 65 }, (_, i) => ed25519Key(seedOf(i + 1))) }, 'head.malformed'),
  head('with a weak key', { links: [new Uint8Array(32)] }, 'head.malformed'),
  head('with a field too many', { name: 'node' }, 'head.malformed'),
  head('without a state', { state: undefined }, 'head.malformed'),
]
