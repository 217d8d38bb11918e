import { choice, count, defineScenario, share, told } from '@trustmesh/simulator'
import { crowdOf, scoresOf, vouchFor } from '../cast.ts'
import { type Earnings, type Task, tradingDay } from '../market.ts'

export const betrayal = defineScenario({
  name: 'betrayal',
  title: 'On–off betrayal',
  question: 'What does it bring to earn trust by small tasks, to cheat at large ones, and to earn it again?',
  threats: ['T6'],
  parameters: {
    customers: count('Agents whom the root trusts, and who give tasks once a day', 5, { min: 1, max: 200 }),
    trials: count('Small tasks that each gives to whoever is not spoken against', 5, { min: 1, max: 50 }),
    orders: count('Large tasks that each gives to whoever passes the gate', 2, { min: 1, max: 50 }),
    gate: choice('The tier that large tasks ask for', ['trusted', 'known', 'vouched']),
    cheats: share('Which part of the large tasks the traitor cheats at', 1),
    response: choice('What a customer does who is cheated: says so itself, or leaves it to the reporter', [
      'word',
      'reporter',
    ]),
    days: count('How long it goes on', 30, { min: 1, max: 365 }),
  },
  small: { days: 20 },
  measures: {
    daysToTrust: { about: 'Until it was given large tasks', unit: 'days' },
    daysOfTrust: { about: 'From then on, how many days until it was given none', unit: 'days' },
    cheated: { about: 'Large tasks that it cheated at', unit: 'tasks' },
    cheatedPerGood: { about: 'The same, for each hundred tasks that it did well', unit: 'tasks' },
    returned: { about: 'Days after its first fall on which it was given large tasks again', unit: 'share' },
    atEnd: { about: 'Its score at the end', unit: 'points' },
  },
  series: {
    score: { about: 'Score of the traitor', unit: 'points' },
    cheated: { about: 'Large tasks that it has cheated at', unit: 'tasks' },
  },
  mesh: () => ({}),
  play: async (world, { cheats, days, ...market }) => {
    const traitor = world.agent('traitor', { group: 'traitor' })
    const customers = crowdOf(world, 'customer', market.customers)
    const worker = { agent: traitor, doesWell: (task: Task) => task === 'trial' || !world.random.chance(1000 * cheats) }
    const done = { well: 0, cheated: 0 }
    /** For each day, whether anybody gave it an order. */
    const trusted: boolean[] = []
    await vouchFor(world, customers)
    world.snapshot('Before')
    await world.root.leave()

    while (trusted.length < days) {
      await tradingDay(world, { ...market, customers }, [worker], (earned) => {
        for (const each of earned.values()) keep(each)
      })
    }

    const rise = trusted.indexOf(true)
    const fall = trusted.indexOf(false, rise)
    if (rise >= 0) {
      world.measure('daysToTrust', rise)
      world.measure('daysOfTrust', (fall < 0 ? days : fall) - rise)
    }
    for (const isTrustedAgain of fall < 0 ? [] : trusted.slice(fall)) world.tally('returned', isTrustedAgain)
    world.measure('cheated', done.cheated)
    world.measure('cheatedPerGood', (100 * done.cheated) / done.well)
    world.measure('atEnd', world.standing(traitor.did).score)

    function keep({ trials, orders, spoiltOrders }: Earnings): void {
      if (orders > 0 && !trusted.includes(true)) world.snapshot('The first day on which it is given orders')
      trusted.push(orders > 0)
      if (trusted.length === days) world.snapshot('The last day')
      done.cheated += spoiltOrders
      done.well += trials + orders - spoiltOrders
      world.sample('score', scoresOf(world, [traitor]))
      world.sample('cheated', [done.cheated])
    }
  },
  claims: [
    { about: 'Trust is lost sooner than it is won', holds: (all) => all.daysOfTrust.max < all.daysToTrust.min },
    { about: 'It cheats at most once for a hundred good deeds', holds: (all) => all.cheatedPerGood.max <= 1 },
    { about: 'It does not come back', holds: ({ returned }) => returned.count === 0 },
  ],
  verdict: ({ daysToTrust, daysOfTrust, cheatedPerGood }) =>
    `It takes ${told(daysToTrust, 'days')} to be trusted, and trust lasts ${told(daysOfTrust, 'days')}: ${told(cheatedPerGood, 'tasks')} are cheated at for each hundred done well.`,
})
