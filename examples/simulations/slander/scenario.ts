import { type Agent, choice, count, defineScenario, told } from '@trustmesh/simulator'
import {
  crowdOf,
  HOUR_MS,
  isServed,
  isTrusted,
  type Joined,
  MINUTE_MS,
  meanOf,
  scoresOf,
  serve,
  vouchFor,
} from '../cast.ts'

export const slander = defineScenario({
  name: 'slander',
  title: 'Slander',
  question: 'How many points do agents lose to those who speak against them without cause, and who is believed?',
  threats: ['T4', 'T1'],
  parameters: {
    victims: count('Agents who have done nothing, and whom all attackers speak against', 24, { min: 1, max: 1_000 }),
    vouches: count('How many vouch for each victim: the root, and then others of the victims', 1, { min: 1, max: 20 }),
    strangers: count('Attackers for whom nobody has vouched', 24, { max: 10_000 }),
    infiltrators: count('Attackers whom the root trusts as it does the victims', 1, { max: 100 }),
    weight: count('What each word of theirs weighs, in thousandths of a unit of evidence', 2_000, {
      min: 1,
      max: 3_000,
    }),
    gate: choice('The tier that the service asks for', ['trusted', 'known', 'vouched']),
  },
  small: { victims: 8, strangers: 8 },
  measures: {
    lostToStrangers: { about: 'What strangers took from the score of a victim, on average', unit: 'points' },
    lostToInfiltrators: { about: 'What infiltrators took from it, on average', unit: 'points' },
    mostLost: { about: 'The most that a victim lost to infiltrators', unit: 'points' },
    fallen: { about: 'Victims whom infiltrators brought below `trusted`', unit: 'share' },
    servedUnderStrangers: { about: 'Victims who were served while strangers spoke against them', unit: 'share' },
    servedUnderInfiltrators: { about: 'Victims who were served while infiltrators did so as well', unit: 'share' },
    servedAfter: { about: 'Victims who were served once the infiltrators were revoked', unit: 'share' },
    lostForEver: { about: 'The most that a victim has lost once they are revoked', unit: 'points' },
  },
  series: {
    victims: { about: 'Scores of victims', unit: 'points' },
    infiltrators: { about: 'Scores of infiltrators', unit: 'points' },
  },
  mesh: () => ({}),
  play: async (world, settings) => {
    const service = world.agent('service', { group: 'service' })
    const victims = crowdOf(world, 'victim', settings.victims)
    const infiltrators = crowdOf(world, 'infiltrator', settings.infiltrators)
    const strangers = crowdOf(world, 'stranger', settings.strangers)
    world.every(10 * MINUTE_MS, () => {
      world.sample('victims', scoresOf(world, victims))
      world.sample('infiltrators', scoresOf(world, infiltrators))
    })

    await serve(service, settings.gate)
    await vouchFor(world, [service, ...victims, ...infiltrators])
    for (const [number, each] of victims.entries()) await each.visit((mesh) => vouch(mesh, number))
    const before = scoresOf(world, victims)
    await world.pass(HOUR_MS)
    world.snapshot('Before')

    for (const each of strangers) await condemn(each)
    world.measure('lostToStrangers', meanOf(lostSince(before)))
    await askAll('servedUnderStrangers')
    await world.pass(HOUR_MS)
    world.snapshot('Strangers have spoken')

    const between = scoresOf(world, victims)
    for (const each of infiltrators) await condemn(each)
    world.measure('lostToInfiltrators', meanOf(lostSince(between)))
    world.measure('mostLost', Math.max(...lostSince(between)))
    for (const each of victims) world.tally('fallen', !isTrusted(world, each))
    for (const each of victims) world.judge(each, false)
    for (const each of infiltrators) world.judge(each, true)
    await askAll('servedUnderInfiltrators')
    await world.pass(HOUR_MS)
    world.snapshot('Infiltrators have spoken')

    for (const each of infiltrators) await world.revoke(each.did)
    await askAll('servedAfter')
    await world.pass(HOUR_MS)
    world.measure('lostForEver', Math.max(...lostSince(before)))
    world.snapshot('The infiltrators are revoked')

    /** What others have seen of the victims: each of them speaks for the next ones, as the root does. */
    async function vouch(mesh: Joined, number: number): Promise<void> {
      for (let n = 1; n < Math.min(settings.vouches, victims.length); n++) {
        const next = victims[(number + n) % victims.length] as Agent
        await mesh.attest(next.did, { value: 800 })
      }
    }

    async function condemn(attacker: Agent): Promise<void> {
      await attacker.visit(async (mesh) => {
        for (const { did } of victims) await mesh.attest(did, { value: -1000, weight: settings.weight })
      })
    }

    async function askAll(measure: 'servedUnderStrangers' | 'servedUnderInfiltrators' | 'servedAfter'): Promise<void> {
      for (const each of victims) world.tally(measure, await each.visit((mesh) => isServed(mesh, service)))
    }

    function lostSince(scores: readonly number[]): number[] {
      return scoresOf(world, victims).map((score, i) => (scores[i] as number) - score)
    }
  },
  claims: [
    { about: 'Strangers take nothing from anybody', holds: ({ lostToStrangers }) => lostToStrangers.max === 0 },
    { about: 'Victims of strangers are served', holds: ({ servedUnderStrangers }) => servedUnderStrangers.mean === 1 },
    { about: 'Who is revoked has taken nothing', holds: ({ lostForEver }) => lostForEver.max === 0 },
    { about: 'Their victims are served again', holds: ({ servedAfter }) => servedAfter.mean === 1 },
  ],
  verdict: ({ lostToStrangers, lostToInfiltrators, fallen }) =>
    `Strangers take ${told(lostToStrangers, 'points')} from a victim; those whom the root trusts take ${told(lostToInfiltrators, 'points')} and bring ${told(fallen, 'share')} of their victims below trusted, until they are revoked.`,
})
