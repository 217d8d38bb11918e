import { describe, expect, it } from 'vitest'
import { madeResults } from '../../../test/results.ts'
import type { TrustGraph } from '../../run-record.ts'
import { layOut } from './trust-layout.ts'

const graphs = madeResults({ runs: 1 }).records[0]?.graphs as TrustGraph[]

describe(layOut, () => {
  it('gives every agent of any picture the same place each time, within the frame', () => {
    const { width, height, places } = layOut(graphs)
    expect(layOut(graphs).places).toEqual(places)
    for (const { name } of graphs.flatMap(({ agents }) => agents)) {
      const { x, y } = places.get(name)!
      expect(x).toBeGreaterThan(0)
      expect(x).toBeLessThan(width)
      expect(y).toBeGreaterThan(0)
      expect(y).toBeLessThan(height)
    }
  })

  it('keeps groups apart, and nobody on top of another', () => {
    const { places } = layOut(graphs)
    const xsOf = (group: string) =>
      graphs[0]!.agents.filter((agent) => agent.group === group).map(({ name }) => places.get(name)!.x)
    expect(Math.max(...xsOf('honest'))).toBeLessThan(Math.min(...xsOf('attackers')))
    expect(new Set([...places.values()].map(({ x, y }) => `${x} ${y}`)).size).toBe(places.size)
  })

  it('stands one alone in the middle', () => {
    const [graph] = graphs
    const alone = { ...graph!, agents: graph!.agents.slice(0, 1), attestations: [] }
    const { width, height, places } = layOut([alone])
    expect([...places.values()]).toEqual([{ x: width / 2, y: height / 2 }])
  })
})
