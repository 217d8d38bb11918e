import { choice, count, defineScenario, told } from '@trustmesh/simulator'
import { crowdOf, meanOf, PRAISE, vouchFor } from '../cast.ts'
import { type Earnings, type Task, tradingDay, type Worker } from '../market.ts'

/** The score of somebody of whom nobody has said anything. */
const STRANGER = 300

export const whitewashing = defineScenario({
  name: 'whitewashing',
  title: 'Whitewashing',
  question: 'What does a cheat gain who leaves each bad name behind and comes back as somebody new?',
  threats: ['T2'],
  parameters: {
    customers: count('Agents whom the root trusts, and who give tasks once a day', 5, { min: 1, max: 200 }),
    trials: count('Small tasks that each gives to whoever is not spoken against', 5, { min: 1, max: 50 }),
    orders: count('Large tasks that each gives to whoever passes the gate', 2, { min: 1, max: 50 }),
    gate: choice('The tier that large tasks ask for', ['trusted', 'known', 'vouched']),
    cheats: choice('At what it cheats: large tasks alone, or everything', ['orders', 'everything']),
    comeback: choice('How it comes back: as a stranger, or vouched for by the name before, while that was good', [
      'stranger',
      'vouched',
    ]),
    days: count('How long it goes on', 26, { min: 1, max: 365 }),
  },
  small: { days: 20 },
  measures: {
    names: { about: 'Names that the cheat has used', unit: 'names' },
    cheatOrders: { about: 'Large tasks that the cheat was given, under all its names', unit: 'tasks' },
    honestOrders: { about: 'Large tasks that an honest newcomer was given who began on the same day', unit: 'tasks' },
    gain: { about: 'The former for each hundred of the latter', unit: 'tasks' },
    trialsSpoilt: { about: 'Small tasks that it cheated at', unit: 'tasks' },
    headStart: {
      about: 'How much more than a stranger its later names had when they came, on average',
      unit: 'points',
    },
  },
  series: {
    cheat: { about: 'Score of the name that the cheat uses', unit: 'points' },
    honest: { about: 'Score of the honest newcomer', unit: 'points' },
  },
  mesh: () => ({}),
  play: async (world, { cheats, comeback, days, ...settings }) => {
    const market = { ...settings, customers: crowdOf(world, 'customer', settings.customers), response: 'word' } as const
    const honest: Worker = { agent: world.agent('newcomer', { group: 'honest' }), doesWell: () => true }
    const sum = { honest: 0, cheat: 0, spoilt: 0 }
    const headStarts: number[] = []
    const names: Worker[] = []
    let [cheat, next] = [newName(), newName()]
    await vouchFor(world, market.customers)
    world.snapshot('Before')
    await world.root.leave()

    for (let day = 1; day <= days; day++) {
      if (comeback === 'vouched' && scoreOf(cheat) > STRANGER) await vouchForNext()
      await tradingDay(world, market, [honest, cheat], (earned) => {
        for (const [worker, each] of earned) keep(worker, each)
        if (day === days) world.snapshot('The last day')
        // Whoever is spoken against has nothing to lose by being somebody else.
        if (scoreOf(cheat) < STRANGER) comeBack()
      })
    }

    world.measure('names', names.indexOf(cheat) + 1)
    world.measure('cheatOrders', sum.cheat)
    world.measure('honestOrders', sum.honest)
    world.measure('trialsSpoilt', sum.spoilt)
    if (sum.honest > 0) world.measure('gain', (100 * sum.cheat) / sum.honest)
    if (headStarts.length > 0) world.measure('headStart', meanOf(headStarts))
    world.judge(honest.agent, false)
    for (const { agent } of names.slice(0, -1)) world.judge(agent, true)

    function newName(): Worker {
      const agent = world.agent(`cheat-${names.length}`, { group: 'cheat' })
      const name = { agent, doesWell: (task: Task) => cheats === 'orders' && task === 'trial' }
      names.push(name)
      return name
    }

    /** While the name is good, and before it cheats at anything large. */
    async function vouchForNext(): Promise<void> {
      await cheat.agent.visit((mesh) => mesh.attest(next.agent.did, PRAISE))
    }

    function comeBack(): void {
      world.snapshot('The cheat has a bad name, and leaves it')
      headStarts.push(scoreOf(next) - STRANGER)
      ;[cheat, next] = [next, newName()]
    }

    function scoreOf({ agent }: Worker): number {
      return world.standing(agent.did).score
    }

    function keep(worker: Worker, { orders, spoiltTrials }: Earnings): void {
      sum[worker === honest ? 'honest' : 'cheat'] += orders
      sum.spoilt += spoiltTrials
      world.sample(worker === honest ? 'honest' : 'cheat', [scoreOf(worker)])
    }
  },
  claims: [
    { about: 'A cheat is given less than a tenth of what an honest newcomer is', holds: ({ gain }) => gain.max < 10 },
    { about: 'A new name is not even `known`', holds: ({ headStart }) => headStart.max < 100 },
  ],
  verdict: ({ gain, headStart }) =>
    `A cheat with ever new names is given ${told(gain, 'large tasks')} for each hundred of an honest newcomer; a new name begins ${told(headStart, 'points')} above a stranger.`,
})
