/** Everything that can be wrong with a chain and its use. */

import { decode, type Encodable, encode, type Identity, keyOf } from '@trustmesh/identity'
import type { ChainCode } from '../src/index.ts'
import { bob, DAY_MS, mallory, NOW, otherNet } from './cast.ts'
import { erin, type Plot, type PlottedLink, type Tamper } from './plot.ts'

const linkOf = (told: Plot, at: number): PlottedLink => told.links[at] as PlottedLink
const say = (told: Plot, at: number, fields: PlottedLink['fields']): void => {
  const link = linkOf(told, at)
  link.fields = { ...link.fields, ...fields }
}
/** What follows a link has to stay inside its window. */
const sayFrom = (told: Plot, at: number, fields: PlottedLink['fields']): void => {
  for (let i = at; i < told.links.length; i++) say(told, i, fields)
}
const readdress = (told: Plot, at: number, to: Identity): void => {
  linkOf(told, at).to = to
  if (told.links[at + 1]) linkOf(told, at + 1).by = to
}
/** An envelope with another element in the place of one. */
const swap = (part: number, value: Encodable) => (envelope: Uint8Array) =>
  encode((decode(envelope) as Encodable[]).with(part, value))
const swapAt = (at: number, part: number, value: Encodable): Tamper => {
  return (links) => links.map((bytes, i) => (i === at ? swap(part, value)(bytes) : bytes))
}
const withWhere = (told: Plot, at: number, ...where: Encodable[]): void => {
  say(told, at, { where: [...((linkOf(told, at).fields['where'] as Encodable[]) ?? []), ...where] })
}

/** Everything that can be wrong, in the order in which it is found: the code, and how to make link `at` so, or the use. */
export const FAULTS: readonly (readonly [code: ChainCode, spoil: (told: Plot, at: number) => unknown])[] = [
  ['chain.length', (told) => told.tamper.push((links) => [...links, ...links, ...links, ...links])],
  ['chain.size', (told, at) => told.tamper.push((links) => links.with(at, new Uint8Array(4097)))],
  ['chain.envelope', (told, at) => told.tamper.push((links) => links.map((each, i) => each.slice(i === at ? 1 : 0)))],
  ['chain.type', (told, at) => Object.assign(linkOf(told, at), { type: 'attestation' })],
  ['chain.key', (told, at) => Object.assign(linkOf(told, at), { forge: swap(3, new Uint8Array(32)) })],
  ['chain.signature', (told, at) => told.tamper.push(swapAt(at, 4, new Uint8Array(64).fill(7)))],
  ['chain.decode', (told, at) => say(told, at, { extra: 1 })],
  ['chain.net', (told, at) => say(told, at, { net: otherNet })],
  ['chain.parent', (told, at) => say(told, at, { parent: new Uint8Array(32) })],
  ['chain.repeat', (told, at) => readdress(told, at, linkOf(told, 0).by)],
  ['chain.root', (told, at) => say(told, at, { root: keyOf(mallory.did) })],
  ['chain.issuer', (told, at) => Object.assign(linkOf(told, at), { by: mallory })],
  ['chain.depth', (told, at) => say(told, at, { depth: 9 })],
  ['chain.capability', (told, at) => say(told, at, { can: '/tool/searching' })],
  ['chain.window', (told, at) => say(told, at, { exp: NOW + DAY_MS + at })],
  ['chain.early', (told, at) => sayFrom(told, at, { nbf: NOW + 60_001 })],
  ['chain.expired', (told, at) => sayFrom(told, at, { iat: NOW - DAY_MS, nbf: NOW - DAY_MS, exp: NOW - 60_000 })],
  ['chain.args', (told) => Object.assign(told.use, { args: Uint8Array.of(0xc1) })],
  ['chain.constraint', (told, at) => withWhere(told, at, { op: 'eq', at: ['query'], value: 'dogs' })],
  ['chain.void', (told, at) => Object.assign(linkOf(told, at), { isVoid: true })],
  ['chain.revoked', (told, at) => told.knowledge.revoked.add(linkOf(told, at).to.did)],
  ['chain.suspended', (told, at) => told.knowledge.suspended.add(linkOf(told, at).to.did)],
  ['chain.stale', (told) => Object.assign(told.moment, { freshAsOf: NOW - 10_001 })],
  ['chain.peer', (told) => Object.assign(told.use, { peer: mallory.did })],
  ['chain.invocation-missing', (told) => Object.assign(told, { invocation: null })],
  ['chain.invocation', (told) => Object.assign(told.invocation ?? {}, { extra: 1 })],
  ['chain.invocation-net', (told) => Object.assign(told.invocation ?? {}, { net: otherNet })],
  [
    'chain.invocation-issuer',
    (told) => Object.assign(told, { invoker: mallory, use: { ...told.use, peer: told.links.at(-1)?.to.did } }),
  ],
  ['chain.invocation-executor', (told) => Object.assign(told.invocation ?? {}, { aud: keyOf(bob.did) })],
  ['chain.invocation-leaf', (told) => Object.assign(told.invocation ?? {}, { leaf: new Uint8Array(32) })],
  ['chain.invocation-capability', (told) => Object.assign(told.invocation ?? {}, { can: '/tool' })],
  ['chain.invocation-args', (told) => Object.assign(told.invocation ?? {}, { args: new Uint8Array(32) })],
  ['chain.invocation-early', (told) => Object.assign(told.invocation ?? {}, { iat: NOW + 60_001, exp: NOW + 60_002 })],
  [
    'chain.invocation-expired',
    (told) => Object.assign(told.invocation ?? {}, { iat: NOW - 120_000, exp: NOW - 60_000 }),
  ],
  ['chain.invocation-replayed', (told) => Object.assign(told.executor, { replayWindow: { claim: async () => false } })],
  ['chain.standing', (told, at) => withWhere(told, at, { op: 'minTier', tier: 'vouched' })],
  [
    'chain.exhausted',
    (told, at) => {
      withWhere(told, at, { op: 'executors', dids: [keyOf(erin.did)] }, { op: 'maxCalls', limit: 1 })
      Object.assign(told.executor, { useCounters: { charge: async () => [-1] } })
    },
  ],
]
