import { type Agent, choice, count, defineScenario, told } from '@trustmesh/simulator'
import { crowdOf, HOUR_MS, isTrusted, MINUTE_MS, meanOf, PRAISE, scoresOf, vouchFor } from '../cast.ts'

/** What the weight of the root's word makes of somebody: about 730 points, or 460. */
const WEIGHTS = { trusted: 2_000, known: 375 }

/** So many a rater can praise to the full before its words fade. */
const MATES = 17

export const collusion = defineScenario({
  name: 'collusion',
  title: 'A collusion ring',
  question: 'What do agents gain who praise each other, against others of the same standing who do not?',
  threats: ['T5', 'T3'],
  parameters: {
    ring: count('Members of the ring; as many loners stand as they do and praise nobody', 5, { min: 2, max: 200 }),
    standing: choice('How members and loners stand before: by the word of the root', ['trusted', 'known']),
    outsiders: count('Members of another ring, for whom nobody else has spoken', 12, { min: 2, max: 2_000 }),
    witnesses: count('Honest agents whom all members and loners cheat, and who say so one after another', 4, {
      min: 1,
      max: 50,
    }),
  },
  small: { outsiders: 6 },
  measures: {
    gain: { about: 'What a member has gained on average, against a loner', unit: 'points' },
    best: { about: 'Score of the best member before anybody is cheated', unit: 'points' },
    membersTrusted: { about: 'Members who stand at `trusted` or above then', unit: 'share' },
    outsidersGain: { about: 'What the best of the outsiders has gained by theirs', unit: 'points' },
    wordsForMember: { about: 'Words of honest agents until no member is trusted', unit: 'words' },
    wordsForLoner: { about: 'The same, until no loner is', unit: 'words' },
    left: { about: 'What a member still has more than a loner once all have spoken, on average', unit: 'points' },
  },
  series: {
    members: { about: 'Scores of members', unit: 'points' },
    loners: { about: 'Scores of loners', unit: 'points' },
    outsiders: { about: 'Scores of outsiders', unit: 'points' },
  },
  mesh: () => ({}),
  play: async (world, settings) => {
    const members = crowdOf(world, 'member', settings.ring)
    const loners = crowdOf(world, 'loner', settings.ring)
    const outsiders = crowdOf(world, 'outsider', settings.outsiders)
    const witnesses = crowdOf(world, 'witness', settings.witnesses)
    world.every(10 * MINUTE_MS, watch)
    await vouchFor(world, witnesses)
    await vouchFor(world, [...members, ...loners], WEIGHTS[settings.standing])
    await world.pass(HOUR_MS)
    world.snapshot('Before')

    const before = ahead()
    for (const each of members) await praise(each, members)
    for (const each of outsiders) await praise(each, outsiders)
    world.measure('gain', ahead() - before)
    world.measure('best', Math.max(...scoresOf(world, members)))
    for (const each of members) world.tally('membersTrusted', isTrusted(world, each))
    world.measure('outsidersGain', Math.max(...scoresOf(world, outsiders)) - 300)
    await world.pass(HOUR_MS)
    world.snapshot('They have praised each other')

    const words = { members: fallen(members) ? 0 : Infinity, loners: fallen(loners) ? 0 : Infinity }
    for (const [i, witness] of witnesses.entries()) {
      await accuse(witness)
      if (fallen(members)) words.members = Math.min(words.members, i + 1)
      if (fallen(loners)) words.loners = Math.min(words.loners, i + 1)
      await world.pass(HOUR_MS)
    }
    if (words.members < Infinity) world.measure('wordsForMember', words.members)
    if (words.loners < Infinity) world.measure('wordsForLoner', words.loners)
    world.measure('left', ahead())
    world.snapshot('Those whom they cheated have spoken')

    /** To the full, and no more of them than a rater can praise before its words fade. */
    async function praise(self: Agent, ring: readonly Agent[]): Promise<void> {
      const mates = Array.from({ length: MATES }, (_, n) => ring[(ring.indexOf(self) + n + 1) % ring.length] as Agent)
      await self.visit(async (mesh) => {
        for (const mate of new Set(mates)) if (mate !== self) await mesh.attest(mate.did, PRAISE)
      })
    }

    async function accuse(witness: Agent): Promise<void> {
      await witness.visit(async (mesh) => {
        for (const { did } of [...members, ...loners]) await mesh.attest(did, { value: -1000 })
      })
    }

    /** How far members are ahead of loners. */
    function ahead(): number {
      return meanOf(scoresOf(world, members)) - meanOf(scoresOf(world, loners))
    }

    function fallen(agents: readonly Agent[]): boolean {
      return !agents.some((each) => isTrusted(world, each))
    }

    function watch(): void {
      world.sample('members', scoresOf(world, members))
      world.sample('loners', scoresOf(world, loners))
      world.sample('outsiders', scoresOf(world, outsiders))
    }
  },
  claims: [
    { about: 'Whom nobody else speaks for gains nothing by any ring', holds: (all) => all.outsidersGain.max === 0 },
    { about: 'Two words of honest agents and no member is trusted', holds: (all) => all.wordsForMember.max <= 2 },
  ],
  verdict: ({ gain, outsidersGain, wordsForMember }) =>
    `Members gain ${told(gain, 'points')} by praising each other, outsiders ${told(outsidersGain, 'points')}; ${told(wordsForMember, 'words')} of honest agents bring every member below trusted.`,
})
