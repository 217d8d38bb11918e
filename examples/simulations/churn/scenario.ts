import { type Agent, churnNodes, count, defineScenario, duration, told, type World } from '@trustmesh/simulator'
import { isAnswered, vouchFor } from '../cast.ts'

/** How often each agent asks another for a task, how long it waits for the answer, and how often somebody is revoked, in ms. */
const ASKS_MS = 1_000
const ANSWER_MS = 5_000
const CUTS_MS = 10_000
/** How long everybody has to come back in the end, and how long is looked at after that, in ms. */
const SETTLING_MS = 60_000
const CALM_MS = 20_000

type ChurnWorld = World<'lost' | 'served' | 'refused' | 'cameBack' | 'calm', 'up' | 'served'>
type Node = ChurnWorld['nodes'][number]

export const churn = defineScenario({
  name: 'churn',
  title: 'Nodes that crash and come back',
  question:
    'Nodes crash and come back all the time, while agents work and others are revoked: is anything lost that was acknowledged?',
  threats: ['R4', 'R5', 'R8', 'O1'],
  parameters: {
    nodes: count('Nodes', 5, { min: 2, max: 50 }),
    agents: count('Agents at each node', 3, { min: 1, max: 100 }),
    up: duration('How long a node runs until it crashes, on average', '60s'),
    down: duration('How long it is away then, on average', '10s'),
    lasts: duration('How long this goes on', '5m'),
  },
  small: { nodes: 3, agents: 2, up: 30_000, down: 5_000, lasts: 60_000 },
  measures: {
    lost: {
      about: 'Revocations that were acknowledged and that some node does not hold in the end',
      unit: 'share',
    },
    refused: {
      about: 'Orders to revoke that were not acknowledged, because the node crashed meanwhile',
      unit: 'share',
    },
    cameBack: {
      about: 'Attempts of the revoked to join somewhere, from five seconds after the order on, that succeed',
      unit: 'share',
    },
    served: { about: 'Requests that are served while all this goes on', unit: 'share' },
    calm: { about: 'Requests that are served once it is over', unit: 'share' },
  },
  series: {
    up: { about: 'Nodes that run', unit: 'nodes' },
    served: { about: 'Requests served, of those of the last five seconds', unit: 'thousandths' },
  },
  mesh: ({ nodes }) => ({ nodes }),
  play: async (world: ChurnWorld, { nodes, agents, up, down, lasts }) => {
    const anyNode = (): number => world.random.integer(0, nodes - 1)
    const running = (): number => {
      const up = world.nodes.flatMap(({ isUp }, n) => (isUp ? [n] : []))
      return up[world.random.integer(0, up.length - 1)] ?? 0
    }
    const workers = Array.from({ length: nodes * agents }, (_, n) =>
      world.agent(`worker-${n}`, { node: n % nodes, group: 'workers' }),
    )
    for (const worker of workers) (await worker.join()).on('task', { minTier: 'trusted' }, () => 'done')
    await vouchFor(world, workers)
    await world.pass(5_000)
    world.snapshot('before')

    let phase: 'served' | 'settling' | 'calm' = 'served'
    const stopCrashing = churnNodes(world, world.nodes, {
      hereMs: (random) => random.integer(1, 2 * up),
      awayMs: (random) => random.integer(1, 2 * down),
    })
    const recent: boolean[] = []
    for (const worker of workers) {
      world.every(ASKS_MS, async () => {
        const begunIn = phase
        const others = workers.filter((other) => other !== worker)
        const served = await isAnswered(worker, others[world.random.integer(0, others.length - 1)] as Agent, ANSWER_MS)
        recent.push(served)
        if (phase === begunIn && phase !== 'settling') world.tally(phase, served)
      })
    }
    world.every(5_000, () => {
      world.sample('up', [world.nodes.filter(({ isUp }) => isUp).length])
      const asked = recent.splice(0)
      if (asked.length > 0) world.sample('served', [Math.round((1000 * asked.filter(Boolean).length) / asked.length)])
    })
    const cutOff: Agent[] = []
    const stopCutting = world.every(CUTS_MS, async () => {
      const mallory = world.agent(`mallory-${world.now}`, { node: anyNode(), group: 'revoked' })
      await vouchFor(world, [mallory]).catch(() => {})
      const isAcknowledged = await world.finish(world.revoke(mallory.did, { node: running() }), ANSWER_MS).then(
        () => true,
        () => false,
      )
      world.tally('refused', !isAcknowledged)
      if (!isAcknowledged) return
      cutOff.push(mallory)
      const orderedAt = world.now
      const stop = world.every(ANSWER_MS, async () => {
        const attempt = world.agent(`${mallory.name} at ${world.now}`, {
          ...{ identity: mallory.identity, node: anyNode(), group: 'revoked', timeoutMs: ANSWER_MS },
        })
        const joined = await attempt.join().then(
          () => true,
          () => false,
        )
        await attempt.leave()
        world.tally('cameBack', joined)
        if (world.now > orderedAt + 6 * ANSWER_MS) stop()
      })
    })
    await world.pass(lasts)
    phase = 'settling'
    stopCutting()
    stopCrashing()
    for (const node of world.nodes) if (!node.isUp) await node.start()
    await world.pass(SETTLING_MS)
    phase = 'calm'
    await world.pass(CALM_MS)
    world.snapshot('after')
    const holds = (node: Node, { did }: Agent): boolean => node.node.standingOf(did).status === 'revoked'
    for (const agent of cutOff) world.tally('lost', !world.nodes.every((node) => holds(node, agent)))
  },
  claims: [
    { about: 'What was acknowledged is held by every node in the end', holds: ({ lost }) => lost.count === 0 },
    { about: 'Nobody who is revoked comes back', holds: ({ cameBack }) => cameBack.count === 0 },
    { about: 'Once it is over everything is served', holds: ({ calm }) => calm.mean > 0.99 },
  ],
  verdict: ({ lost, served, cameBack }) =>
    `Of the acknowledged revocations ${told(lost, 'share')} are lost, ${told(cameBack, 'share')} of the attempts to come back succeed, and ${told(served, 'share')} of all requests are served meanwhile.`,
})
