import { type Agent, choice, count, defineScenario, duration, share, told, type World } from '@trustmesh/simulator'

/** How long a message is on its way at most, from agent to node, between two nodes, and from node to agent. */
const HOP_MS = 20
const HOPS = 3
/** How long everybody is watched after the last that could happen. */
const AFTERWARDS_MS = 5_000

type CascadeWorld = World<'reach' | 'beforeCut' | 'afterCut' | 'late' | 'propagation' | 'lastAccepted', 'compromised'>

/** When the message of whom was taken by somebody's handler. */
interface Acceptance {
  readonly from: Agent
  readonly at: number
}

export const cascade = defineScenario({
  name: 'cascade',
  title: 'A cascade from one agent that everyone trusts',
  question:
    'One agent that everyone trusts is taken over, and whoever serves it is taken over too: how far does that get?',
  threats: ['O10', 'R1', 'R9'],
  parameters: {
    agents: count('Agents beside the one that everyone trusts', 60, { min: 4, max: 5_000 }),
    nodes: count('Nodes that they are spread over', 5, { min: 1, max: 50 }),
    trusted: share('Which part of the agents is trusted; all others are known, and no more', 0.2),
    door: choice('Which tier an agent asks for before it serves anybody', ['trusted', 'known', 'vouched']),
    pace: duration('How often somebody who is taken over writes to somebody', '100ms'),
    noticed: duration('How long after being taken over somebody is revoked', '3s'),
  },
  small: { agents: 20, nodes: 3 },
  measures: {
    reach: { about: 'Agents that are taken over in the end', unit: 'share' },
    beforeCut: { about: 'Agents taken over when the first of all is revoked', unit: 'agents' },
    afterCut: { about: 'Agents taken over after that', unit: 'agents' },
    late: { about: 'Messages of somebody revoked that are served although every node knows', unit: 'share' },
    propagation: { about: 'From the order until the last node holds the revocation', unit: 'ms' },
    lastAccepted: { about: 'From the order until the last message of the first of all that is served', unit: 'ms' },
  },
  series: { compromised: { about: 'Agents that are taken over and not revoked', unit: 'agents' } },
  mesh: ({ nodes }) => ({ nodes, latency: (random) => random.integer(1, HOP_MS) }),
  async play(world: CascadeWorld, { agents, nodes, trusted, door, pace, noticed }) {
    const accepted: Acceptance[] = []
    const taken = new Map<Agent, number>()
    const everyone = Array.from({ length: agents + 1 }, (_, n) =>
      world.agent(n === 0 ? 'zero' : `agent-${n}`, { node: n % nodes, group: n === 0 ? 'zero' : 'agents' }),
    )
    const [zero] = everyone as [Agent]
    for (const agent of everyone) {
      const mesh = await agent.join()
      mesh.on('task', { minTier: door }, async (_, { did }) => {
        const from = everyone.find((each) => each.did === did)
        if (!from) return
        accepted.push({ from, at: world.now })
        await takeOver(agent)
      })
      const tier = agent === zero ? 'vouched' : world.random.chance(1000 * trusted) ? 'trusted' : 'known'
      await world.root.mesh.attest(agent.did, WORDS[tier])
    }
    await world.pass(AFTERWARDS_MS)
    world.snapshot('before')

    const cuts = new Map<Agent, Promise<number>>()
    const takeOver = async (agent: Agent): Promise<void> => {
      if (taken.has(agent)) return
      taken.set(agent, world.now)
      const stop = world.every(
        () => world.random.integer(1, 2 * pace),
        async () => {
          if (!agent.isHere) return stop()
          const target = everyone[world.random.integer(0, agents)] as Agent
          if (target !== agent) await agent.mesh.send(target.did, 'task').catch(() => {})
        },
      )
      const cancel = world.every(noticed, async () => {
        cancel()
        if (agent === zero) world.measure('beforeCut', taken.size)
        cuts.set(agent, cut(world, agent))
      })
    }
    world.every(500, () => world.sample('compromised', [[...taken.keys()].filter(({ isHere }) => isHere).length]))
    const beganAt = world.now
    await takeOver(zero)
    while (cuts.size < taken.size || cuts.size === 0) await world.pass(noticed)
    await world.pass(AFTERWARDS_MS)
    world.snapshot('after')

    for (const [agent, known] of cuts) {
      const knownAt = await known
      for (const { from, at } of accepted) if (from === agent) world.tally('late', at > knownAt + HOPS * HOP_MS)
    }
    for (const agent of everyone) world.tally('reach', taken.has(agent))
    const orderedAt = beganAt + noticed
    const ofZero = accepted.filter(({ from }) => from === zero).map(({ at }) => at - orderedAt)
    world.measure('afterCut', [...taken.values()].filter((at) => at > orderedAt).length)
    world.measure('propagation', ((await cuts.get(zero)) ?? world.now) - orderedAt)
    world.measure('lastAccepted', Math.max(0, ...ofZero))
  },
  claims: [
    { about: 'Once every node knows, nothing of whoever is revoked is served', holds: ({ late }) => late.count === 0 },
    {
      about: 'What the first of all has under way stops within the time in which its revocation travels',
      holds: ({ lastAccepted, propagation }) => lastAccepted.max <= propagation.max + HOPS * HOP_MS,
    },
  ],
  verdict: ({ reach, afterCut, lastAccepted }) =>
    `It reaches ${told(reach, 'share')} of the agents, ${told(afterCut, 'agents')} of them after the first is revoked, and the last message of that one is served ${told(lastAccepted, 'ms')} after the order.`,
})

/** What the root has to say of a stranger for it to reach a tier, and no more: a value, and its weight in thousandths. */
const WORDS = {
  vouched: { value: 1000, weight: 3000 },
  trusted: { value: 800, weight: 2000 },
  known: { value: 500, weight: 1000 },
} as const

/** Revokes somebody; resolves to when the last node has come to know. */
async function cut(world: CascadeWorld, { did }: Agent): Promise<number> {
  await world.revoke(did)
  const knows = (): readonly (number | undefined)[] => world.nodes.map(({ revokedAt }) => revokedAt.get(did))
  while (knows().includes(undefined)) await world.pass(1)
  return world.now
}
