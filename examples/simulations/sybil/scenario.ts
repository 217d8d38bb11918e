import { type Agent, choice, count, defineScenario, told } from '@trustmesh/simulator'
import {
  BLAME,
  crowdOf,
  DAY_MS,
  daily,
  HOUR_MS,
  isServed,
  isTrusted,
  type Joined,
  meanOf,
  PRAISE,
  scoresOf,
  serve,
  vouchFor,
} from '../cast.ts'

/** So many others each of them praises: what credit it has goes out to the full, and none of its words fades. */
const MATES = 6

/** The measures of who was served. */
type Asks = 'sybilsServed' | 'leaderServed' | 'honestServed'

export const sybil = defineScenario({
  name: 'sybil',
  title: 'A Sybil crowd',
  question: 'Can somebody who makes ten times as many identities as there are honest agents have one of them trusted?',
  threats: ['T1', 'T3', 'T13'],
  parameters: {
    honest: count('Agents whom the root has vouched for; the crowd slanders half of them', 8, { min: 2, max: 2_000 }),
    crowd: count('Sybils for each of them', 10, { min: 1, max: 100 }),
    fooled: count('Honest agents who have been fooled into vouching for the leader of the crowd', 1, { max: 2_000 }),
    lifted: count('Sybils whom the leader and each other lift; the rest of the crowd slanders', 6, { max: 100_000 }),
    gate: choice('The tier that services ask for', ['trusted', 'known']),
    services: count('Agents that are always there and serve', 2, { min: 1, max: 200 }),
    days: count('How long it goes on', 1, { min: 1, max: 90 }),
  },
  small: { honest: 4, services: 1 },
  measures: {
    sybilsServed: { about: 'Requests of Sybils that were served', unit: 'share' },
    sybilsTrusted: { about: 'Sybils that stand at `trusted` or above at the end', unit: 'agents' },
    bestSybil: { about: 'Score of the Sybil that stands best at the end', unit: 'points' },
    leaderServed: { about: 'Requests of their leader that were served', unit: 'share' },
    honestServed: { about: 'Requests of honest agents that were served', unit: 'share' },
    honestLost: { about: 'What honest agents lost whom the crowd slandered, against others of them', unit: 'points' },
  },
  series: {
    sybils: { about: 'Scores of Sybils', unit: 'points' },
    honest: { about: 'Scores of honest agents', unit: 'points' },
  },
  mesh: () => ({}),
  play: async (world, settings) => {
    const services = crowdOf(world, 'service', settings.services)
    const honest = crowdOf(world, 'honest', settings.honest)
    const leader = world.agent('leader', { group: 'leader' })
    const sybils = crowdOf(world, 'sybil', settings.honest * settings.crowd)
    const lifted = sybils.slice(0, settings.lifted)
    const [slandered, spared] = [0, 1].map((half) => honest.filter((_, i) => i % 2 === half)) as [Agent[], Agent[]]
    await livingWell()
    const before = ahead()
    world.snapshot('Before the crowd')

    world.every(6 * HOUR_MS, watch)
    for (const each of honest.slice(0, settings.fooled)) await each.visit((mesh) => mesh.attest(leader.did, PRAISE))
    await leader.visit(async (mesh) => {
      for (const { did } of lifted) await mesh.attest(did, PRAISE)
    })
    for (const each of lifted) await each.visit((mesh) => conspire(mesh, each))
    comesDaily(leader, 'leaderServed')
    for (const each of lifted) comesDaily(each, 'sybilsServed')
    for (const each of sybils.slice(lifted.length)) comesDaily(each, 'sybilsServed', (mesh) => conspire(mesh, each))
    await world.pass(DAY_MS / 2)
    world.snapshot('The crowd arrives')
    await world.pass(settings.days * DAY_MS - DAY_MS / 2)

    const scores = scoresOf(world, sybils)
    world.measure('sybilsTrusted', sybils.filter((each) => isTrusted(world, each)).length)
    world.measure('bestSybil', Math.max(...scores, 0))
    world.measure('honestLost', before - ahead())
    for (const each of honest) world.judge(each, false)
    for (const each of sybils) world.judge(each, true)
    world.snapshot('After')

    /** The mesh as it is without them. */
    async function livingWell(): Promise<void> {
      for (const service of services) await serve(service, settings.gate)
      await vouchFor(world, [...services, ...honest])
      await world.root.leave()
      for (const each of honest) comesDaily(each, 'honestServed')
      watch()
    }

    /** By how much honest agents who are going to be slandered, or have been, stand above the others. */
    function ahead(): number {
      return meanOf(scoresOf(world, slandered)) - meanOf(scoresOf(world, spared))
    }

    /** Asks one of the services for something once a day, and the first time does what else it has to before that. */
    function comesDaily(agent: Agent, measure: Asks, first: (mesh: Joined) => Promise<void> = async () => {}) {
      let isFirst = true
      daily(world, () =>
        agent.visit(async (mesh) => {
          if (isFirst) await first(mesh)
          isFirst = false
          const service = services[world.random.integer(0, services.length - 1)] as Agent
          world.tally(measure, await isServed(mesh, service))
        }),
      )
    }

    /** Praises the leader and others whom it lifts. Whom nobody lifts has nothing to lose, and slanders an honest agent. */
    async function conspire(mesh: Joined, self: Agent): Promise<void> {
      const number = sybils.indexOf(self)
      const mates = Array.from({ length: MATES }, (_, i) => lifted[(number + i + 1) % lifted.length])
      for (const each of [leader, ...new Set(mates)]) if (each && each !== self) await mesh.attest(each.did, PRAISE)
      const victim = slandered[number % slandered.length] as Agent
      if (!lifted.includes(self)) await mesh.attest(victim.did, BLAME)
    }

    function watch(): void {
      world.sample('sybils', scoresOf(world, sybils))
      world.sample('honest', scoresOf(world, honest))
    }
  },
  claims: [
    { about: 'No Sybil is ever served', holds: ({ sybilsServed }) => sybilsServed.count === 0 },
    { about: 'No Sybil is trusted', holds: ({ sybilsTrusted }) => sybilsTrusted.max === 0 },
    { about: 'Honest agents are always served', holds: ({ honestServed }) => honestServed.count === honestServed.of },
    { about: 'Slander by the crowd costs less than 5 points', holds: ({ honestLost }) => honestLost.max < 5 },
  ],
  verdict: ({ sybilsServed, honestServed }) =>
    `${told(sybilsServed, 'share')} of what Sybils asked for was done for them, and ${told(honestServed, 'share')} of what honest agents asked for.`,
})
