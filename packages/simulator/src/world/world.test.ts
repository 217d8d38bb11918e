import { afterEach, describe, expect, it, vi } from 'vitest'
import { churnAgents, churnNodes } from './churn.ts'
import { World, type WorldOptions } from './world.ts'

const SPELL_MS = 120_000
const SLOW = { latency: (random) => random.integer(20, 60), loss: 0.05, nodes: 2 } satisfies WorldOptions

afterEach(() => void vi.restoreAllMocks())

/** A service serves whom it trusts; one whom the root vouches for and one whom it does not come every two minutes. */
async function visits(world: World): Promise<void> {
  const service = world.agent('service', { group: 'service' })
  const carol = world.agent('carol', { group: 'honest' })
  const mallory = world.agent('mallory', { group: 'sybil' })
  ;(await service.join()).on('task', { minTier: 'trusted' }, (task) => ({ done: task }))
  await world.root.mesh.attest(carol.did, { value: 900 })
  for (const agent of [carol, mallory]) {
    const request = async (): Promise<void> => {
      const served = agent.visit((mesh) => mesh.request(service.did, 'task', 1))
      await served.then(
        () => world.tally(agent.name, true),
        () => world.tally(agent.name, false),
      )
    }
    world.every(SPELL_MS, request)
  }
  await world.pass(2 * SPELL_MS + 60_000)
  world.sample('scores', [world.standing(carol.did).score, world.standing(mallory.did).score])
  world.snapshot('before')
  world.judge(mallory, true)
  world.judge(carol, false)
  await world.revoke(carol.did)
  world.judge(carol, false)
  await expect(carol.join()).rejects.toMatchObject({ code: 'mesh.revoked' })
  world.measure('seconds', world.now / 1_000)
  world.snapshot('after')
}

describe(World, () => {
  it('ends with the first failure of a behaviour', async () => {
    const failing = async (world: World): Promise<void> => {
      world.every(1_000, () => Promise.reject(new Error('the first')))
      world.every(2_000, () => Promise.reject(new Error('the second')))
      await world.pass(SPELL_MS)
    }
    await expect(World.run('1', {}, failing)).rejects.toThrow('the first')
  })

  it('does not wait longer than it is told', async () => {
    const waiting = (world: World): Promise<void> => world.finish(new Promise<void>(() => {}), 5_000)
    await expect(World.run('1', {}, waiting)).rejects.toThrow('5000 ms')
  })

  it('measures something once a run', async () => {
    const twice = async (world: World): Promise<void> => {
      world.measure('it', 1)
      world.measure('it', 2)
    }
    await expect(World.run('1', {}, twice)).rejects.toThrow('once a run')
  })

  it('lets agents join, talk, be gated and be revoked', async () => {
    const { measures, judged, graphs, series } = await World.run('1', {}, visits)
    expect(measures).toMatchObject({ carol: [2, 2], mallory: [0, 2] })
    expect(judged).toEqual({ attackers: [300], honest: [series['scores']?.[0]?.quantiles.at(-1), 0] })
    const statuses = graphs.map(({ agents }) => agents.find(({ name }) => name === 'carol')?.status)
    expect(statuses).toEqual(['active', 'revoked'])
    expect(graphs[0]?.attestations).toEqual([[0, 2, 900]])
    expect(series['scores']).toEqual([{ at: expect.any(Number), of: 2, quantiles: expect.any(Array) }])
  })

  it('takes the same course from the same seed, to the byte, whatever the clock and the dice of the machine say', async () => {
    const one = await World.run('1', SLOW, visits)
    vi.spyOn(Date, 'now').mockReturnValue(1)
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    const other = await World.run('1', SLOW, visits)
    const another = await World.run('2', SLOW, visits)
    expect(JSON.stringify(other)).toBe(JSON.stringify(one))
    expect(another.trace).not.toBe(one.trace)
  })

  it('does not make up for a turn that is late', async () => {
    const turns: number[] = []
    await World.run('1', {}, async (world) => {
      const stop = world.every(1_000, async () => {
        turns.push(world.now)
        if (turns.length === 1) await world.pass(3_500)
        if (turns.length === 3) stop()
      })
      await world.pass(SPELL_MS)
    })
    expect(turns).toEqual([1_000, 4_500, 5_500])
  })

  it('knows who an agent is before it has joined, and who it is once it has rotated', async () => {
    await World.run('1', {}, async (world) => {
      const alice = world.agent('alice')
      const { did } = alice
      expect((await alice.join()).did).toBe(did)
      await alice.rotate()
      expect(alice.did).not.toBe(did)
      expect(alice.identity.did).toBe(alice.did)
      await alice.leave()
      expect((await alice.join()).did).toBe(alice.did)
    })
  })

  it('lets an operator suspend somebody, and take that back', async () => {
    await World.run('1', {}, async (world) => {
      const bob = world.agent('bob')
      await world.suspend(bob.did, SPELL_MS)
      expect(world.standing(bob.did).status).toBe('suspended')
      await world.reinstate(bob.did)
      expect(world.standing(bob.did).status).toBe('unknown')
    })
  })
})

describe(churnAgents, () => {
  it('has agents come and go, and nodes crash and come back', async () => {
    const seen = new Set<boolean>()
    const run = (): ReturnType<typeof World.run> =>
      World.run('1', { nodes: 2 }, async (world) => {
        const agents = ['alice', 'bob'].map((name) => world.agent(name, { node: 1 }))
        churnAgents(world, agents, { hereMs: (random) => random.integer(10_000, 60_000), awayMs: 20_000 })
        const stop = churnNodes(world, world.nodes.slice(1), { hereMs: 100_000, awayMs: 30_000 })
        world.every(7_000, () => void seen.add(agents.some(({ isHere }) => isHere)))
        await world.pass(3 * SPELL_MS)
        stop()
      })
    const one = await run()
    expect(seen.size).toBe(2)
    expect((await run()).trace).toBe(one.trace)
  })
})
