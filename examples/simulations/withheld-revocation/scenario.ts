import {
  type Agent,
  choice,
  count,
  defineScenario,
  duration,
  type Graph,
  regularGraph,
  share,
  told,
  type World,
} from '@trustmesh/simulator'
import { isAnswered, vouchFor } from '../cast.ts'

/** How often whoever is revoked asks for a task, in ms. */
const ASKS_MS = 500
/** How old the word of a node may be, in ms: each says its head every five seconds. */
const FRESH_MS = 15_000
/** Within two rounds of reconciliation everybody should know who can be reached at all (threat R1). */
const SOON_MS = 10_000

type Node = World['nodes'][number]
type WithheldWorld = World<
  'propagation' | 'knowing' | 'window' | 'servedStale' | 'othersServed' | 'afterwards',
  'knowing'
>

export const withheldRevocation = defineScenario({
  name: 'withheld-revocation',
  title: 'A revocation that is withheld and delayed',
  question:
    'Some nodes pass nothing on, and the network holds back everything from the one node that matters: how long does a revoked agent go on there?',
  threats: ['R1', 'R2', 'R9'],
  parameters: {
    nodes: count('Nodes', 9, { min: 4, max: 200 }),
    links: count('Links of each of them', 4, { min: 2, max: 50 }),
    mute: share('Which part of them says nothing from the moment of the order on', 0.33),
    held: duration('How long the network holds back everything from the node of whoever is revoked', '60s'),
    fresh: choice('Whose word on revocations, no older than 15 s, its handlers ask for', ['two', 'nobody']),
  },
  small: { nodes: 6, links: 3, held: 30_000 },
  measures: {
    knowing: {
      about:
        'Nodes that hold the revocation ten seconds after the order, of those whom it can reach over nodes that speak',
      unit: 'share',
    },
    propagation: { about: 'From the order until the last of those holds it', unit: 'ms' },
    window: { about: 'From the order until the last request of whoever is revoked that is served', unit: 'ms' },
    servedStale: { about: 'Its requests that are served later than 15 s after the order', unit: 'share' },
    othersServed: { about: 'Requests of another agent of that node which are served meanwhile', unit: 'share' },
    afterwards: { about: 'From when everything is let through until all nodes hold it', unit: 'ms' },
  },
  series: { knowing: { about: 'Nodes that hold the revocation', unit: 'nodes' } },
  mesh: ({ nodes, links }) => {
    const graph = graphOf(nodes, links)
    return { nodes, topology: (from, to) => from < to && graph[from]?.includes(to) === true }
  },
  play: async (world: WithheldWorld, { nodes, links, mute, held, fresh }) => {
    const last = nodes - 1
    const requirement = fresh === 'two' ? { requireFreshness: { maxAgeMs: FRESH_MS, members: 2 } } : {}
    const [service, mallory, bob] = ['service', 'mallory', 'bob'].map((name) =>
      world.agent(name, { node: last, group: name }),
    ) as [Agent, Agent, Agent]
    for (const agent of [service, mallory, bob]) await agent.join()
    service.mesh.on('task', { minTier: 'trusted', ...requirement }, () => 'done')
    await vouchFor(world, [service, mallory, bob])
    await world.pass(FRESH_MS)
    world.snapshot('before')

    const home = world.nodes[last] as Node
    const between = world.nodes.slice(1, last)
    const silent = between.filter(() => world.random.chance(Math.round(1000 * mute)))
    const speaking = withinReach(world.nodes, graphOf(nodes, links), (node) => node !== home && !silent.includes(node))
    for (const { host } of silent) host.pause()
    world.network.partition([home, service, mallory, bob].map(({ host }) => host))
    const orderedAt = world.now
    await world.revoke(mallory.did, { node: 0 })
    const knows = (some: readonly Node[]): number => some.filter(({ revokedAt }) => revokedAt.has(mallory.did)).length

    let servedAt = orderedAt
    world.every(ASKS_MS, async () => {
      const isStale = world.now > orderedAt + FRESH_MS
      const [ofMallory, ofBob] = [await isAnswered(mallory, service), await isAnswered(bob, service)]
      if (ofMallory) servedAt = world.now
      if (isStale && knows([home]) === 0) {
        world.tally('servedStale', ofMallory)
        world.tally('othersServed', ofBob)
      }
    })
    world.every(1_000, () => world.sample('knowing', [knows([...world.nodes])]))
    while (knows(speaking) < speaking.length && world.now < orderedAt + SOON_MS) await world.pass(1)
    world.measure('propagation', world.now - orderedAt)
    for (const node of speaking) world.tally('knowing', knows([node]) === 1)
    await world.pass(orderedAt + held - world.now)
    world.snapshot('held back')
    world.network.heal()
    for (const { host } of silent) host.resume()
    const letThroughAt = world.now
    while (knows([...world.nodes]) < nodes) await world.pass(1)
    world.measure('afterwards', world.now - letThroughAt)
    await world.pass(5_000)
    world.measure('window', servedAt - orderedAt)
    world.snapshot('let through')
  },
  claims: [
    {
      about: 'Whoever can be reached at all knows within two rounds of reconciliation',
      holds: ({ knowing }) => knowing.mean === 1,
    },
    {
      about: 'It is over once everything is let through, within five seconds',
      holds: ({ afterwards }) => afterwards.max <= 5_000,
    },
  ],
  verdict: ({ window, servedStale, propagation }) =>
    `The revoked agent goes on for ${told(window, 'ms')} where its revocation is held back, with ${told(servedStale, 'share')} of its later requests served; everybody else knows after ${told(propagation, 'ms')}.`,
})

/** Who is linked with whom. */
function graphOf(nodes: number, links: number): Graph {
  return regularGraph(nodes, links, 'withheld')
}

/** Those who can be reached from the first over nodes that speak. */
function withinReach(nodes: readonly Node[], graph: Graph, speaks: (node: Node) => boolean): Node[] {
  const reached = new Set([0])
  for (const node of reached) {
    for (const other of graph[node] ?? []) if (speaks(nodes[other] as Node)) reached.add(other)
  }
  return [...reached].map((node) => nodes[node] as Node)
}
