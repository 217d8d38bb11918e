import { generateIdentity, type Statement, type Verified } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Backbone } from '../../packages/mesh-node/src/links/backbone.ts'
import { type MemoryLocal, note } from '../../packages/mesh-node/test/memory-local.ts'

/** Nodes that a backbone joins, all with each other. */
export interface Joined extends AsyncDisposable {
  readonly nodes: readonly { readonly local: MemoryLocal; readonly backbone: Backbone }[]
}

const until = (probe: () => boolean): Promise<boolean> => vi.waitUntil(probe, { timeout: 10_000, interval: 2 })

/** What every {@link Backbone} has to hold; `join` makes so many nodes, each of which holds nothing, joined with each other. */
export function backboneContract(name: string, join: (count: number) => Promise<Joined>): void {
  describe(name, () => {
    let joined: Joined
    const node = (place: number): Joined['nodes'][number] => joined.nodes[place] as Joined['nodes'][number]
    const publishAt = (place: number, statement: Verified<Statement>): void => {
      node(place).local.hold(statement)
      node(place).backbone.publish(statement)
    }
    const everywhere = (statement: Verified<Statement>): Promise<boolean> =>
      until(() => joined.nodes.every(({ local }) => local.has(statement.id)))
    afterEach(() => joined[Symbol.asyncDispose]())

    it('carries a statement to every member, once', async () => {
      joined = await join(4)
      const statement = await note()
      publishAt(0, statement)
      await everywhere(statement)
      for (const { local } of joined.nodes.slice(1)) expect(local.arrived).toEqual([statement.id])
      expect(node(0).local.arrived).toEqual([])
    })

    it('F9 has nobody open an envelope twice, however many ways it takes', async () => {
      joined = await join(4)
      const revocation = await note('revocation')
      publishAt(0, revocation)
      await everywhere(revocation)
      // What is still on its way arrives before these.
      const last = await Promise.all(joined.nodes.map(() => note()))
      for (const [place, statement] of last.entries()) publishAt(place, statement)
      for (const statement of last) await everywhere(statement)
      expect(joined.nodes.map(({ local }) => local.opened)).toEqual([3, 4, 4, 4])
    })

    it('O8 asks a member what it has on its disk, and is told of that and of nothing else', async () => {
      joined = await join(3)
      const [held, unkept, unknown] = [await note('revocation'), await note('revocation'), await note('revocation')]
      for (const statement of [held, unkept]) publishAt(0, statement)
      await everywhere(unkept)
      await everywhere(held)
      const [asking, asked] = [node(0), node(1).local]
      asked.unkept.add(unkept.id)
      asking.backbone.ask([unkept.id, unknown.id, held.id], asked.did)
      await until(() => asking.local.confirmations.length > 0)
      expect(asking.local.confirmations).toEqual([[held.id, asked.did]])
    })

    it('carries one of any size', async () => {
      joined = await join(10)
      const large = await note('note', 30_000)
      publishAt(3, large)
      await everywhere(large)
    })

    it('R2 has revocations and suspensions overtake what was published before them', async () => {
      joined = await join(2)
      const crowd = await Promise.all(Array.from({ length: 400 }, () => note('note', 2_000)))
      const urgent = [await note('revocation'), await note('suspension')]
      for (const statement of [...crowd, ...urgent]) publishAt(0, statement)
      await until(() => urgent.every(({ id }) => node(1).local.has(id)))
      const { arrived } = node(1).local
      expect(arrived.indexOf(urgent[0]?.id as never)).toBeLessThan(crowd.length / 2)
    })

    it('brings what was never published, or was before a member came', async () => {
      joined = await join(3)
      const [one, other] = [await note(), await note('revocation')]
      node(0).local.hold(one)
      node(2).local.hold(other)
      for (const { backbone } of joined.nodes) backbone.reconcile()
      await everywhere(one)
      await everywhere(other)
    })

    it('carries messages to the node that is named, in order, and tells what became of each', async () => {
      joined = await join(3)
      const [alice, bob] = [generateIdentity(systemRandom).did, generateIdentity(systemRandom).did]
      node(0).backbone.attach(alice)
      node(2).backbone.attach(bob)
      node(2).local.agents.add(bob)
      const bodies = Array.from({ length: 100 }, (_, n) => Uint8Array.of(n))
      const outcomes = await Promise.all(
        bodies.map((body) => {
          const message = { id: systemRandom(16), from: alice, to: bob, body } as const
          return node(0).backbone.carry(message, node(2).local.did)
        }),
      )
      expect(new Set(outcomes)).toEqual(new Set(['delivered']))
      expect(node(2).local.delivered.map(({ body }) => body)).toEqual(bodies)
      const lost = { id: systemRandom(16), from: alice, to: alice, body: new Uint8Array() } as const
      expect(await node(0).backbone.carry(lost, node(1).local.did)).toBe('message.recipient-unknown')
      expect(await node(0).backbone.carry(lost, generateIdentity(systemRandom).did)).toBe('message.no-route')
    })

    it('F1 has nothing to do any more with whoever is a member no longer', async () => {
      joined = await join(3)
      const outcast = node(2).local
      for (const { local, backbone } of joined.nodes.slice(0, 2)) {
        local.strangers.add(outcast.did)
        backbone.review()
        expect(backbone.members.some(({ did, isLinked }) => did === outcast.did && isLinked)).toBe(false)
      }
      const statement = await note()
      publishAt(0, statement)
      await until(() => node(1).local.has(statement.id))
      expect(outcast.has(statement.id)).toBe(false)
    })

    it('names every other member, with what it has said of itself', async () => {
      joined = await join(3)
      await until(() => node(0).backbone.members.every(({ head, ageMs }) => head !== null && ageMs !== null))
      const others = [node(1).local.did, node(2).local.did].sort()
      expect(
        node(0)
          .backbone.members.map(({ did }) => did)
          .sort(),
      ).toEqual(others)
    })
  })
}
