import { sha256Hex } from '@trustmesh/identity'

/**
 * The seed of a run follows from the seed of its experiment and its number alone. So all points of a sweep have the same
 * runs (common random numbers), and what differs between points differs within each run.
 */
export function seedOfRun(seed: string, run: number): string {
  return sha256Hex(new TextEncoder().encode(JSON.stringify(['trustmesh/simulator', seed, run]))).slice(0, 32)
}
