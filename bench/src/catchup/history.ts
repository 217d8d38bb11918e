import { readFile, writeFile } from 'node:fs/promises'
import type { Identity } from '@trustmesh/identity'
import { AGENT, issueAttestation, issueDelegation } from '@trustmesh/trust'
import { pack, unpack } from 'msgpackr'
import type { Founding } from '../founding.ts'

/** Agents that have joined over so many days, and have spoken since. */
const JOINED_DAYS = 300
const DAY_MS = 24 * 3_600_000
const LIFE_MS = 365 * DAY_MS
/** Of so many the root knows something: trust starts somewhere. */
const KNOWN_TO_ROOT = 50

/**
 * What a mesh has to say that has been there for a while: the admission of each agent, and attestations by the agents in turn
 * of one another. `count` envelopes in no order.
 */
export async function history(founding: Founding, agents: number, count: number): Promise<Uint8Array[]> {
  const { authority, root } = founding
  const people = Array.from({ length: agents }, (_, i) => founding.identity(`agent ${i}`))
  const at = (i: number): Identity => people[i % agents] as Identity
  const joinedAgo = people.map((_, i) => (1 + ((i * 7919) % JOINED_DAYS)) * DAY_MS)
  const envelopes: Uint8Array[] = []
  for (const [i, { did: aud }] of people.entries()) {
    const issuance = founding.issuance(joinedAgo[i])
    const exp = issuance.clock.now() + LIFE_MS - DAY_MS
    envelopes.push((await issueDelegation(authority, { aud, can: AGENT, depth: 0, exp }, issuance)).bytes)
  }
  for (let i = 0; envelopes.length < count; i++) {
    const turn = Math.floor(i / agents)
    const isRoots = i < KNOWN_TO_ROOT
    const issuance = founding.issuance(Math.floor((joinedAgo[i % agents] as number) / (turn + 2)))
    const sub = at(i * 31 + turn * 17 + 1).did
    const value = i % 10 === 0 ? -400 : 800
    const by = isRoots ? root : at(i)
    if (sub !== by.did) envelopes.push((await issueAttestation(by, { sub, value, weight: 2000 }, issuance)).bytes)
  }
  return envelopes
}

/** Hands envelopes to the processes that a benchmark starts. */
export async function writeEnvelopes(file: string, envelopes: readonly Uint8Array[]): Promise<void> {
  await writeFile(file, pack(envelopes.map((bytes) => Buffer.from(bytes))))
}

export async function readEnvelopes(file: string): Promise<Uint8Array[]> {
  return (unpack(await readFile(file)) as Buffer[]).map((bytes) => new Uint8Array(bytes))
}
