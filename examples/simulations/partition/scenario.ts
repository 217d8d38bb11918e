import { type Agent, choice, count, defineScenario, duration, told, type World } from '@trustmesh/simulator'
import { isAnswered, vouchFor } from '../cast.ts'

/** How often each agent asks another of its own part for a task, in ms. */
const ASKS_MS = 1_000
/** How long an answer is waited for, in ms. */
const ANSWER_MS = 3_000
/** How old the word of a node may be, in ms: each says its head every five seconds. */
const FRESH_MS = 15_000

type PartitionWorld = World<
  'cutServed' | 'cutAfter' | 'smallServed' | 'largeServed' | 'convergence' | 'lost',
  'inSmall' | 'inLarge'
>
/** What somebody asks is counted as one of these, or not at all. */
type Count = Parameters<PartitionWorld['tally']>[0] | null

export const partition = defineScenario({
  name: 'partition',
  title: 'A partition, and its healing',
  question:
    'A mesh falls apart and somebody is revoked in one part: what goes on in the other, and how soon is it over once they hear each other again?',
  threats: ['R2', 'R3'],
  parameters: {
    nodes: count('Nodes', 5, { min: 3, max: 50 }),
    cutOff: count('How many of them are in the part that does not hear of the revocation', 2, { min: 1, max: 25 }),
    agents: count('Agents at each node', 3, { min: 2, max: 100 }),
    apart: duration('How long the parts do not hear each other', '2m'),
    fresh: choice('Whose word on revocations, no older than 15 s, handlers ask for', ['majority', 'nobody']),
  },
  small: { agents: 2, apart: 60_000 },
  measures: {
    cutServed: {
      about: 'Requests of whoever is revoked that are served in the other part, once the word is old',
      unit: 'share',
    },
    cutAfter: {
      about: 'Requests of whoever is revoked that are served once all nodes hold the same again',
      unit: 'share',
    },
    smallServed: { about: 'Requests of others that are served in that part, once the word is old', unit: 'share' },
    largeServed: { about: 'Requests that are served meanwhile in the part that revokes', unit: 'share' },
    convergence: { about: 'From the healing until all nodes hold the same', unit: 'ms' },
    lost: { about: 'Words said on either side that some node does not hold in the end', unit: 'statements' },
  },
  series: {
    inSmall: { about: 'Requests served in the part that is cut off, of those of the last second', unit: 'thousandths' },
    inLarge: { about: 'Requests served in the part that revokes, of those of the last second', unit: 'thousandths' },
  },
  mesh: ({ nodes }) => ({ nodes }),
  play: async (world: PartitionWorld, { nodes, cutOff, agents, apart, fresh }) => {
    if (2 * cutOff >= nodes) throw new Error('the part that is cut off is the smaller one')
    const members = (nodes >> 1) + 1
    const requirement = fresh === 'majority' ? { requireFreshness: { maxAgeMs: FRESH_MS, members } } : {}
    const everyone = Array.from({ length: nodes * agents }, (_, n) => {
      const isSmall = n % nodes < cutOff
      return world.agent(`agent-${n}`, { node: n % nodes, group: isSmall ? 'small part' : 'large part' })
    })
    for (const agent of everyone) {
      const mesh = await agent.join()
      mesh.on('task', { minTier: 'trusted', ...requirement }, () => 'done')
    }
    await vouchFor(world, everyone)
    await world.pass(FRESH_MS)
    world.snapshot('whole')
    const parts = { small: partOf('small part'), large: partOf('large part') }
    const [mallory] = parts.small as [Agent]

    let phase: 'whole' | 'falling' | 'apart' | 'healed' = 'whole'
    const recent = { small: [] as boolean[], large: [] as boolean[] }
    for (const [part, those] of Object.entries(parts) as ['small' | 'large', Agent[]][]) {
      for (const agent of those) {
        const counted = (): Count => {
          if (agent === mallory) return phase === 'apart' ? 'cutServed' : phase === 'healed' ? 'cutAfter' : null
          return phase === 'apart' ? `${part}Served` : null
        }
        world.every(ASKS_MS + world.random.integer(-100, 100), async () => {
          const others = those.filter((other) => other !== agent && other !== mallory)
          const served = await isAnswered(agent, others[world.random.integer(0, others.length - 1)] as Agent, ANSWER_MS)
          if (agent !== mallory) recent[part].push(served)
          const as = counted()
          if (as) world.tally(as, served)
        })
      }
    }
    world.every(1_000, () => {
      for (const [part, series] of [
        ['small', 'inSmall'],
        ['large', 'inLarge'],
      ] as const) {
        const asked = recent[part].splice(0)
        if (asked.length > 0) world.sample(series, [Math.round((1000 * asked.filter(Boolean).length) / asked.length)])
      }
    })
    await world.pass(10_000)

    const hosts = [...world.nodes.slice(0, cutOff), ...parts.small].map(({ host }) => host)
    world.network.partition(hosts)
    phase = 'falling'
    await world.revoke(mallory.did, { node: nodes - 1 })
    await parts.small[1]?.mesh.attest((parts.large[0] as Agent).did, { value: 700 })
    await parts.large[1]?.mesh.attest((parts.small[1] as Agent).did, { value: 700 })
    await world.pass(2 * FRESH_MS)
    phase = 'apart'
    await world.pass(apart - 2 * FRESH_MS)
    world.snapshot('apart')
    phase = 'falling'
    world.network.heal()
    const healedAt = world.now
    while (new Set(world.nodes.map(({ node }) => node.fingerprint)).size > 1) await world.pass(10)
    world.measure('convergence', world.now - healedAt)
    phase = 'healed'
    await world.pass(20_000)
    world.snapshot('healed')
    const words = world.nodes.map(({ node }) => [...node.control.attestations()].length)
    world.measure('lost', Math.max(...words.map((held) => everyone.length + 2 - held)))

    function partOf(group: string): Agent[] {
      return everyone.filter((agent) => agent.group === group)
    }
  },
  claims: [
    {
      about: 'Once all nodes hold the same, nothing of whoever is revoked is served',
      holds: ({ cutAfter }) => cutAfter.count === 0,
    },
    { about: 'Nothing that was acknowledged on either side is lost', holds: ({ lost }) => lost.max === 0 },
    { about: 'The part that revokes goes on serving', holds: ({ largeServed }) => largeServed.mean > 0.99 },
    { about: 'All nodes hold the same within five seconds', holds: ({ convergence }) => convergence.max <= 5_000 },
  ],
  verdict: ({ cutServed, smallServed, convergence }) =>
    `While apart, ${told(cutServed, 'share')} of what the revoked one asks in the other part is served, and ${told(smallServed, 'share')} of what others ask there; all is the same ${told(convergence, 'ms')} after the healing.`,
})
