import { type Agent, count, defineScenario, duration, told, type World } from '@trustmesh/simulator'
import { isAnswered, vouchFor } from '../cast.ts'

/** How often somebody asks for a task, in ms. */
const ASKS_MS = 500
/** How old the word of a node may be, in ms: each says its head every five seconds. */
const FRESH_MS = 15_000
/** How long is looked at once there is an honest link, in ms. */
const AFTERWARDS_MS = 10_000

type EclipseWorld = World<'fooled' | 'othersServed' | 'mended' | 'after', 'mallory'>

export const eclipse = defineScenario({
  name: 'eclipse',
  title: 'A node that hears nobody but liars',
  question:
    'All links of a node are with members that keep the news from it: what does it believe, and how soon does one honest link mend that?',
  threats: ['F3', 'R1', 'R2'],
  parameters: {
    honest: count('Nodes that keep nothing back', 4, { min: 1, max: 50 }),
    liars: count('Nodes that do, with which alone the node is linked', 2, { min: 1, max: 15 }),
    members: count('How many members, itself among them, a handler asks for the word of', 4, { min: 1, max: 16 }),
    dark: duration('How long it hears nobody else', '60s'),
  },
  small: { honest: 3, dark: 30_000 },
  measures: {
    fooled: {
      about: 'Requests of somebody revoked that are served there meanwhile, once the last honest word is old',
      unit: 'share',
    },
    othersServed: { about: 'Requests of others that are served there meanwhile', unit: 'share' },
    mended: { about: 'From the one honest link until it holds the revocation', unit: 'ms' },
    after: { about: 'Requests of whoever is revoked that are served after that', unit: 'share' },
  },
  series: { mallory: { about: 'Score of whoever is revoked, as the node has it', unit: 'points' } },
  mesh: ({ honest, liars }) => ({
    nodes: honest + liars + 1,
    /** The last is linked with the liars and with the first; honest nodes and liars have no link but over it. */
    topology: (from, to, nodes) => {
      const victim = nodes - 1
      const isLiar = (node: number): boolean => node >= honest && node < victim
      if (from === victim) return isLiar(to) || to === 0
      return to !== victim && from < to && isLiar(from) === isLiar(to)
    },
  }),
  play: async (world: EclipseWorld, { honest, members, dark }) => {
    const victim = world.nodes.length - 1
    const home = world.nodes[victim] as EclipseWorld['nodes'][number]
    const [service, mallory, bob] = ['service', 'mallory', 'bob'].map((name) =>
      world.agent(name, { node: victim, group: name }),
    ) as [Agent, Agent, Agent]
    const requireFreshness = { maxAgeMs: FRESH_MS, members }
    for (const agent of [service, mallory, bob]) await agent.join()
    service.mesh.on('task', { minTier: 'trusted', requireFreshness }, () => 'done')
    await vouchFor(world, [service, mallory, bob])
    await world.pass(FRESH_MS)
    world.snapshot('before')

    const inTheDark = [...world.nodes.slice(honest), service, mallory, bob, world.root]
    world.network.partition(inTheDark.map(({ host }) => host))
    const darkAt = world.now
    await world.revoke(mallory.did, { node: 0 })
    const isKnown = (): boolean => home.revokedAt.has(mallory.did)
    world.every(ASKS_MS, async () => {
      const wasKnown = isKnown()
      const [ofMallory, ofBob] = [await isAnswered(mallory, service), await isAnswered(bob, service)]
      if (wasKnown) world.tally('after', ofMallory)
      else if (world.now > darkAt + FRESH_MS + ASKS_MS && !isKnown()) {
        world.tally('fooled', ofMallory)
        world.tally('othersServed', ofBob)
      }
    })
    world.every(1_000, () => world.sample('mallory', [world.standing(mallory.did, { node: victim }).score]))
    await world.pass(dark)
    world.snapshot('in the dark')
    world.network.heal()
    const healedAt = world.now
    while (!isKnown()) await world.pass(1)
    world.measure('mended', world.now - healedAt)
    await world.pass(AFTERWARDS_MS)
    world.snapshot('one honest link')
  },
  claims: [
    { about: 'One honest link is enough, within five seconds', holds: ({ mended }) => mended.max <= 5_000 },
    { about: 'Nobody revoked is served after that', holds: ({ after }) => after.count === 0 },
  ],
  verdict: ({ fooled, othersServed, mended }) =>
    `In the dark, ${told(fooled, 'share')} of what the revoked one asks is served, and ${told(othersServed, 'share')} of what others ask; one honest link mends it within ${told(mended, 'ms')}.`,
})
