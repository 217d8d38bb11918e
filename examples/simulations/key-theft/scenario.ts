import { type Identity, identityFromSeed } from '@trustmesh/identity'
import { type Agent, choice, count, defineScenario, duration, told, type World } from '@trustmesh/simulator'
import { commitmentTo, issueRotation, proveSuccession } from '@trustmesh/trust'
import { isAnswered, vouchFor } from '../cast.ts'

/** How often the thief and the owner ask for a task, in ms. */
const ASKS_MS = 500
/** How long is looked at after the owner has acted, in ms. */
const AFTERWARDS_MS = 15_000
/** How long what was done may take until every node has it, in ms. */
const SOON_MS = 1_000

type TheftWorld = World<'before' | 'after' | 'hijacked' | 'kept' | 'ownerServed' | 'lasted', 'thief' | 'owner'>

export const keyTheft = defineScenario({
  name: 'key-theft',
  title: 'A stolen key, and what its owner can do',
  question:
    'Somebody has the key of a trusted agent: what can the thief do until it is noticed, what afterwards, and what does the owner keep?',
  threats: ['I12', 'I16', 'R8'],
  parameters: {
    nodes: count('Nodes; the thief joins by one after the other', 3, { min: 1, max: 50 }),
    services: count('Services that both go to', 4, { min: 1, max: 100 }),
    noticed: duration('How long until the owner notices', '30s'),
    thief: choice('Whether the thief just uses the key, or also says that a key of its own succeeds it', [
      'uses',
      'hijacks',
    ]),
    answer: choice('What the owner has done then', ['rotation', 'suspension', 'revocation']),
  },
  small: { services: 2, noticed: 10_000 },
  measures: {
    before: { about: 'Requests of the thief that are served until it is noticed', unit: 'share' },
    after: { about: 'Requests of the thief that are served from one second after the answer on', unit: 'share' },
    hijacked: {
      about: 'Attempts of the thief to hand the identity over to a key of its own that succeed',
      unit: 'share',
    },
    kept: { about: 'Points of the owner in the end, with the identity that it has then', unit: 'points' },
    ownerServed: { about: 'Requests of the owner that are served from one second after the answer on', unit: 'share' },
    lasted: { about: 'From the answer until the last request of the thief that is served', unit: 'ms' },
  },
  series: {
    thief: { about: 'Requests of the thief that were served so far', unit: 'requests' },
    owner: { about: 'Score of the owner, with the identity that it has', unit: 'points' },
  },
  mesh: ({ nodes }) => ({ nodes }),
  play: async (world: TheftWorld, { nodes, services, noticed, thief: plan, answer }) => {
    const owner = world.agent('owner', { group: 'owner' })
    await owner.join()
    const others = Array.from({ length: services }, (_, n) =>
      world.agent(`service-${n}`, { node: n % nodes, group: 'services' }),
    )
    for (const service of others) (await service.join()).on('task', { minTier: 'trusted' }, () => 'done')
    await vouchFor(world, [owner, ...others])
    await world.pass(5_000)
    world.snapshot('before')
    const anyService = (): Agent => others[world.random.integer(0, services - 1)] as Agent

    const answeredAt = world.now + noticed
    const { identity } = owner
    const own = identityFromSeed(world.random.bytes(32))
    let stolen = 0
    let servedAt = answeredAt
    world.every(ASKS_MS, async () => {
      const begunAt = world.now
      const thief = world.agent(`thief at ${begunAt}`, {
        ...{ identity, node: world.random.integer(0, nodes - 1), group: 'thief', timeoutMs: 2_000 },
      })
      await thief.join().catch(() => {})
      const isServed = await isAnswered(thief, anyService(), 2_000)
      if (begunAt < answeredAt - ASKS_MS) world.tally('before', isServed)
      if (begunAt > answeredAt + SOON_MS) world.tally('after', isServed)
      if (isServed) {
        stolen++
        servedAt = Math.max(servedAt, world.now)
      }
      if (plan === 'hijacks') world.tally('hijacked', await hijacks(thief, own))
      await thief.leave()
      world.sample('thief', [stolen])
    })
    world.every(ASKS_MS, async () => {
      await owner.join().catch(() => {})
      const isServed = await isAnswered(owner, anyService(), 2_000)
      if (world.now > answeredAt + SOON_MS) world.tally('ownerServed', isServed)
      world.sample('owner', [world.standing(owner.did).score])
    })
    await world.pass(noticed)
    world.snapshot('stolen')
    if (answer === 'rotation') await rotates(owner)
    if (answer === 'suspension') await world.suspend(owner.did, 86_400_000)
    if (answer === 'revocation') await world.revoke(owner.did, { reason: 'the key is stolen' })
    await world.pass(AFTERWARDS_MS)
    world.measure('kept', world.standing(owner.did).score)
    world.measure('lasted', servedAt - answeredAt)
    world.snapshot('answered')
  },
  claims: [
    {
      about: 'Who has the key alone cannot hand the identity over to another',
      holds: ({ hijacked }) => !hijacked?.count,
    },
    {
      about: 'A second after the owner has answered, nothing of the thief is served',
      holds: ({ after }) => after.count === 0,
    },
  ],
  verdict: ({ before, after, kept }) =>
    `Until it is noticed the thief has ${told(before, 'share')} of its requests served, and ${told(after, 'share')} afterwards; the owner goes on with ${told(kept, 'points')}.`,
})

/** The thief signs with the stolen key that a key of its own succeeds it: whether its own is trusted for that. */
async function hijacks(thief: Agent, own: Identity): Promise<boolean> {
  const { issuance, identity } = thief
  const next = commitmentTo(own.did)
  const proof = await proveSuccession(own, { net: issuance.net, from: identity.did, next })
  const rotation = await issueRotation(identity, { to: own.did, next, proof }, issuance)
  if (thief.isHere) await thief.mesh.leave(rotation.bytes).catch(() => {})
  return thief.home.node.standingOf(own.did).score > 300
}

/** The thief and the owner put each other out of the mesh all the time: the owner tries until it is through. */
async function rotates(owner: Agent): Promise<void> {
  for (;;) {
    const isThrough = await owner
      .join()
      .then(() => owner.rotate())
      .then(
        () => true,
        () => false,
      )
    if (isThrough) return
  }
}
