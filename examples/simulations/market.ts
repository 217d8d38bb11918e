import type { Agent, World } from '@trustmesh/simulator'
import { businessDay, type Gate, type Joined } from './cast.ts'

/** `trial`: small, given to whoever is not spoken against. `order`: large, given to whoever passes the gate. */
export type Task = 'trial' | 'order'

/** So many of a thousand customers have nothing to give on a day. */
const ABSENT = 100

/** Customers, and what each of them gives to each worker a day. */
export interface Market {
  readonly customers: readonly Agent[]
  readonly trials: number
  readonly orders: number
  /** The tier that orders ask for. */
  readonly gate: Gate
  /** What a customer does who is cheated of an order: condemns the worker, or leaves it to the summary of its reports. */
  readonly response: 'word' | 'reporter'
}

/** Somebody who works, and whether it does a task well. */
export interface Worker {
  readonly agent: Agent
  readonly doesWell: (task: Task) => boolean
}

/** What came of one day for a worker. */
export interface Earnings {
  /** Tasks that it was given. */
  trials: number
  orders: number
  /** Those of them that it did badly. */
  spoiltTrials: number
  spoiltOrders: number
}

/** A day of business: workers come, each customer goes through them, `close` sees what came of it, and everybody leaves. */
export async function tradingDay(
  world: World,
  market: Market,
  workers: readonly Worker[],
  close: (earned: ReadonlyMap<Worker, Earnings>) => void,
): Promise<void> {
  const earned = new Map(workers.map((worker) => [worker, { trials: 0, orders: 0, spoiltTrials: 0, spoiltOrders: 0 }]))
  await businessDay(world, async () => {
    for (const { agent, doesWell } of workers) {
      const mesh = await agent.join()
      for (const task of ['trial', 'order'] as const) mesh.on(task, {}, () => doesWell(task))
    }
    for (const customer of market.customers) {
      if (world.random.chance(ABSENT)) continue
      await customer.visit(async (mesh) => {
        for (const [{ agent }, earnings] of earned) await employ(mesh, agent, market, earnings)
        // Whoever drains has said what there is to be said.
        await mesh.drain()
      })
    }
    close(earned)
    for (const { agent } of workers) await agent.leave()
  })
}

/** What is delivered is good or bad, and the customer reports which. */
async function employ(customer: Joined, { did }: Agent, market: Market, earnings: Earnings): Promise<void> {
  const { tier } = await customer.standing(did)
  if (tier === 'untrusted') return
  for (let n = 0; n < market.trials; n++) await give('trial')
  const { allow } = await customer.gate({ minTier: market.gate }).decide(did)
  for (let n = 0; n < market.orders && allow; n++) {
    if ((await give('order')) || market.response === 'reporter') continue
    await customer.attest(did, { value: -1000 })
    return
  }

  async function give(task: Task): Promise<boolean> {
    const isGood = (await customer.request(did, task)) === true
    customer.report(did, { outcome: isGood ? 'success' : 'failure' })
    earnings[task === 'trial' ? 'trials' : 'orders']++
    if (!isGood) earnings[task === 'trial' ? 'spoiltTrials' : 'spoiltOrders']++
    return isGood
  }
}
