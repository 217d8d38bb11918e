/** What a piece of work took: CPU of the whole process (every thread, user and system), and wall time. */
export interface Cost {
  cpuMs: number
  wallMs: number
}

/** CPU that this process has used since it started, in ms. */
export function cpuMsSoFar(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Runs `work` and says what it cost. Whatever else the process does meanwhile is counted too. */
export async function costOf(work: () => Promise<void> | void): Promise<Cost> {
  const cpuMs = cpuMsSoFar()
  const wallMs = performance.now()
  await work()
  return { cpuMs: cpuMsSoFar() - cpuMs, wallMs: performance.now() - wallMs }
}

/**
 * Collects young garbage, where Node was started with `--expose-gc`, so that no side pays for what the other left
 * behind. Only the young: on Node 20, forcing full collections doubled the CPU of every join that came after them.
 * What a side leaves behind and collects while it runs is its own cost, and is counted.
 */
export function collectGarbage(): void {
  globalThis.gc?.({ type: 'minor' })
}
