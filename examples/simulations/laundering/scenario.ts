import { type Agent, choice, count, defineScenario, share, told, type World } from '@trustmesh/simulator'

const CAN = '/tool/search'
/** What the root has to say of a stranger for it to reach a tier. Of whoever is to stay unknown it says nothing. */
const WORDS = { trusted: { value: 800 }, known: { value: 500, weight: 1000 } } as const

type Chain = Awaited<ReturnType<Agent['mesh']['delegate']>>
type LaunderingWorld = World<'laundered' | 'served' | 'escalated' | 'stolen' | 'afterCut' | 'weakest', never>

export const laundering = defineScenario({
  name: 'laundering',
  title: 'Trust laundered through delegation',
  question: 'Can somebody who is not trusted act with the trust of others, by having a capability handed on to it?',
  threats: ['T7', 'D1', 'D6', 'D9'],
  parameters: {
    people: count('Agents among whom a capability is handed on', 30, { min: 6, max: 2_000 }),
    trusted: share('Which part of them is trusted; of the others one half is known, the other half unknown', 0.7),
    chains: count('How often it is handed on, from one to the next', 60, { min: 1, max: 10_000 }),
    links: count('Links of a chain at most', 4, { min: 1, max: 8 }),
    gate: choice('The tier that the owner asks of whoever acts, and of everybody on the chain', ['trusted', 'known']),
  },
  small: { people: 10, chains: 16 },
  measures: {
    laundered: { about: 'Uses that are served although somebody on the chain is below the tier', unit: 'share' },
    served: { about: 'Uses that are served where everybody on the chain has the tier', unit: 'share' },
    escalated: { about: 'Uses for more than the chain grants that are served', unit: 'share' },
    stolen: { about: 'Uses of a chain by somebody whom it does not name that are served', unit: 'share' },
    afterCut: { about: 'Uses that are served after a link of the chain was revoked', unit: 'share' },
    weakest: { about: 'Chains whose last holder has the tier and somebody before it has not', unit: 'chains' },
  },
  series: {},
  mesh: () => ({ nodes: 3 }),
  play: async (world: LaunderingWorld, { people, trusted, chains, links, gate }) => {
    const owner = world.agent('owner', { group: 'owner' })
    const others = Array.from({ length: people }, (_, n) => world.agent(`agent-${n}`, { group: 'people', node: n % 3 }))
    for (const agent of [owner, ...others]) await agent.join()
    for (const { did } of [owner, ...others.filter(() => world.random.chance(1000 * trusted))]) {
      await world.root.mesh.attest(did, WORDS.trusted)
    }
    for (const { did } of others) {
      const isUnknown = world.standing(did).score === 300
      if (isUnknown && world.random.chance(500)) await world.root.mesh.attest(did, WORDS.known)
    }
    owner.mesh.on('search', { can: CAN, minTier: gate }, () => 'found')
    owner.mesh.on('delete', { can: '/tool/delete', minTier: gate }, () => 'deleted')
    await world.pass(1_000)
    world.snapshot('before anything is handed on')

    let weakest = 0
    for (let n = 0; n < chains; n++) {
      const holders = drawn(world, others, world.random.integer(1, links) + 1)
      const [thief, ...line] = holders as [Agent, ...Agent[]]
      const { chain, issuers, all } = await handedOn(owner, line)
      const leaf = line.at(-1) as Agent
      const fits = line.map(({ did }) => isAtLeast(world, did, gate))
      const isFit = fits.every(Boolean)
      if (!isFit && fits.at(-1)) weakest++

      world.tally(isFit ? 'served' : 'laundered', await uses(leaf, owner, 'search', chain))
      world.tally('escalated', await uses(leaf, owner, 'delete', chain))
      world.tally('stolen', await uses(thief, owner, 'search', chain))
      const cut = world.random.integer(0, line.length - 1)
      await (issuers[cut] as Agent).mesh.revoke(all[cut] as Chain, 'over')
      await world.pass(200)
      world.tally('afterCut', await uses(leaf, owner, 'search', chain))
    }
    world.measure('weakest', weakest)
  },
  claims: [
    {
      about: 'Nobody acts with more trust than the least on its chain',
      holds: ({ laundered }) => laundered.count === 0,
    },
    { about: 'Whoever may act does', holds: ({ served }) => served.count === served.of },
    { about: 'Nothing beyond the chain is granted', holds: ({ escalated }) => escalated.count === 0 },
    { about: 'A chain is of no use to whoever it does not name', holds: ({ stolen }) => stolen.count === 0 },
    { about: 'A link that is revoked ends all that goes on from it', holds: ({ afterCut }) => afterCut.count === 0 },
  ],
  verdict: ({ laundered, served, afterCut }) =>
    `Of the uses with somebody below the tier on the chain ${told(laundered, 'share')} are served, of the others ${told(served, 'share')}, and after a cut ${told(afterCut, 'share')}.`,
})

/** So many of them, each once. */
function drawn(world: LaunderingWorld, agents: readonly Agent[], size: number): Agent[] {
  const left = [...agents]
  return Array.from({ length: size }, () => left.splice(world.random.integer(0, left.length - 1), 1)[0] as Agent)
}

/** The owner lets the first of them, who lets the next, and so on. */
async function handedOn(owner: Agent, line: readonly Agent[]) {
  const issuers = [owner, ...line]
  const all: Chain[] = []
  for (const [n, { did }] of line.entries()) {
    const from = all.at(-1)
    const depth = line.length - 1 - n
    all.push(await (issuers[n] as Agent).mesh.delegate(did, { can: CAN, depth, ...(from && { from }) }))
  }
  return { chain: all.at(-1) as Chain, issuers, all }
}

/** Whether the owner does it for somebody who shows that chain. What is refused is refused with a code, here or there. */
async function uses(agent: Agent, owner: Agent, kind: string, chain: Chain): Promise<boolean> {
  return await agent.mesh.request(owner.did, kind, 'trust', { chain }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && 'code' in error) return false
      throw error
    },
  )
}

function isAtLeast(world: LaunderingWorld, did: Agent['did'], gate: 'known' | 'trusted'): boolean {
  const { tier } = world.standing(did)
  return tier === 'trusted' || tier === 'vouched' || tier === gate
}
