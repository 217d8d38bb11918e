import { MeshError } from '@trustmesh/sdk'
import type { MemoryNode, SeededRandom } from '@trustmesh/testing'
import type { Agent } from './agent.ts'
import type { World } from './world.ts'

/** How long something lasts, in ms; drawn anew each time where it is a function. */
export type Spell = number | ((random: SeededRandom) => number)

/** How long each of them is there, and how long it is gone. */
export interface ChurnOptions {
  readonly hereMs: Spell
  readonly awayMs: Spell
}

/** Agents come and go: whoever is here leaves after a while, and comes back. Until the returned function is called. */
export function churnAgents(world: World, agents: readonly Agent[], options: ChurnOptions): () => void {
  const stops = agents.map((agent) => {
    const spell = spells(world, agent.name, options)
    return world.every(
      () => spell(agent.isHere),
      () => (agent.isHere ? agent.leave() : agent.join().catch(isAway)),
    )
  })
  return () => stops.forEach((stop) => void stop())
}

/** Nodes crash, as by a power cut, and are started again on what their disks hold. */
export function churnNodes(world: World, nodes: readonly MemoryNode[], options: ChurnOptions): () => void {
  const stops = nodes.map((node) => {
    const spell = spells(world, node.host.name, options)
    return world.every(
      () => spell(node.isUp),
      () => (node.isUp ? node.crash() : node.start()),
    )
  })
  return () => stops.forEach((stop) => void stop())
}

function spells(world: World, name: string, { hereMs, awayMs }: ChurnOptions): (isHere: boolean) => number {
  const random = world.random.fork(`churn of ${name}`)
  return (isHere) => {
    const spell = isHere ? hereMs : awayMs
    return Math.ceil(typeof spell === 'number' ? spell : spell(random))
  }
}

/** That its node cannot be reached is no failure of the run: it comes another time. */
function isAway(error: unknown): void {
  if (!(error instanceof MeshError && error.code.startsWith('mesh.'))) throw error
}
