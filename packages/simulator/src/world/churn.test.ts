import { describe, expect, it } from 'vitest'
import { churnAgents, churnNodes } from './churn.ts'
import { World } from './world.ts'

const SPELLS = { hereMs: 9_000, awayMs: 1_000 }

describe(churnNodes, () => {
  it('has nodes away for as long as it is told, and here for as long', async () => {
    const { measures } = await World.run<'up', never>('1', { nodes: 2 }, async (world) => {
      churnNodes(world, world.nodes.slice(1), SPELLS)
      await world.pass(500)
      for (let second = 0; second < 100; second++) {
        await world.pass(1_000)
        world.tally('up', world.nodes[1]?.isUp === true)
      }
    })
    expect(measures['up']).toEqual([90, 100])
  })
})

describe(churnAgents, () => {
  it('has agents leave and come back', async () => {
    const { measures } = await World.run<'here', never>('1', {}, async (world) => {
      const agent = world.agent('carol')
      await agent.join()
      const stop = churnAgents(world, [agent], SPELLS)
      await world.pass(500)
      for (let second = 0; second < 100; second++) {
        await world.pass(1_000)
        world.tally('here', agent.isHere)
      }
      stop()
    })
    const [here] = measures['here'] as [number, number]
    expect(here).toBeGreaterThan(85)
    expect(here).toBeLessThan(95)
  })
})
