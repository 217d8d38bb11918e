import type { Agent, World } from '@trustmesh/simulator'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** What somebody says who wants to say as much as can be said. */
export const PRAISE = { value: 1000, weight: 3000 }
export const BLAME = { value: -1000, weight: 3000 }

/** The tiers that a gate can ask for. */
export type Gate = 'known' | 'trusted' | 'vouched'

/** As much of a world as is needed here, whatever the scenario measures. */
type Place = Pick<World, 'agent' | 'every' | 'random' | 'root' | 'standing'>
/** An agent's place in a mesh, as the SDK has it. */
export type Joined = Awaited<ReturnType<Agent['join']>>

/** So many agents of one group: `honest-0`, `honest-1` … */
export function crowdOf(world: Place, group: string, size: number): Agent[] {
  return Array.from({ length: size }, (_, i) => world.agent(`${group}-${i}`, { group }))
}

/** The root vouches for each of them, as somebody does who knows them: 708 to 750 of 1000 points, `trusted`. */
export async function vouchFor(world: Place, agents: readonly Agent[], weight = 2_000): Promise<void> {
  for (const { did } of agents) await world.root.mesh.attest(did, { value: world.random.integer(700, 900), weight })
}

/** Joins, and does tasks for whoever has the tier. */
export async function serve(
  service: Agent,
  minTier: Gate,
  work: (task: unknown) => unknown = () => 'done',
): Promise<void> {
  const mesh = await service.join()
  mesh.on('task', { minTier }, (task) => work(task) as string)
}

/** Asks for a task: whether it was done, or denied. Whatever else comes of it ends the run. */
export async function isServed(mesh: Joined, service: Agent): Promise<boolean> {
  try {
    await mesh.request(service.did, 'task')
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'request.denied') return false
    throw error
  }
}

/** As {@link isServed}, where nodes fail and networks break: whatever comes of it but the answer is no. */
export async function isAnswered(agent: Agent, service: Agent, timeoutMs?: number): Promise<boolean> {
  if (!agent.isHere) return false
  return await agent.mesh.request(service.did, 'task', null, timeoutMs === undefined ? {} : { timeoutMs }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && 'code' in error) return false
      throw error
    },
  )
}

/** Once a day, at an hour of its own. */
export function daily(world: Place, act: () => unknown): void {
  let wait = world.random.integer(1, DAY_MS - HOUR_MS)
  world.every(() => {
    const ms = wait
    wait = DAY_MS
    return ms
  }, act)
}

/**
 * A day on which something is done, and all nodes are shut for the rest of it: what nobody would use costs nothing. Agents have
 * to have left by then.
 */
export async function businessDay(
  world: Pick<World, 'nodes' | 'now' | 'pass'>,
  act: () => Promise<void>,
): Promise<void> {
  const morning = world.now
  await act()
  for (const node of world.nodes) node.stop()
  await world.pass(morning + DAY_MS - HOUR_MS - world.now)
  for (const node of world.nodes) await node.start()
  await world.pass(morning + DAY_MS - world.now)
}

/** How they stand now, in points. */
export function scoresOf(world: Place, agents: readonly Agent[]): number[] {
  return agents.map(({ did }) => world.standing(did).score)
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Whether somebody stands at `trusted` or above. */
export function isTrusted(world: Place, { did }: Agent): boolean {
  return ['trusted', 'vouched'].includes(world.standing(did).tier)
}
