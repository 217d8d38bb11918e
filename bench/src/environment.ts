import { cpus } from 'node:os'

/** Where a result was measured: figures of two machines, or of two versions of Node, are not to be compared. */
export interface Environment {
  node: string
  platform: string
  cpu: string
  cpus: number
  /** ISO 8601, in UTC. */
  date: string
  seed?: number
}

/** Of this process, now; `seed` only where inputs were drawn from one. */
export function environment(seed: number | undefined): Environment {
  const cores = cpus()
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: cores[0]?.model ?? 'unknown',
    cpus: cores.length,
    date: new Date().toISOString(),
    ...(seed === undefined ? {} : { seed }),
  }
}
