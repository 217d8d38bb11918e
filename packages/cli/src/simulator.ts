import type { Catalogue, SimulatorError } from '@trustmesh/simulator'
import { CliError } from './cli-error.ts'

/** What simulates, which is installed beside this program where somebody wants it: an operator's machine has no use for it. */
export type Simulator = typeof import('@trustmesh/simulator')

/** Rejects with `cli.no-simulator` where it is not installed. */
export async function loadSimulator(): Promise<Simulator> {
  try {
    return await import('@trustmesh/simulator')
  } catch (cause) {
    if (!isAbsent(cause)) throw cause
    const fix = 'npm install @trustmesh/simulator'
    throw new CliError('cli.no-simulator', 'the simulator is not installed here', { cause, fix })
  }
}

/** The scenarios that come with this repository; elsewhere there are none but those that people name by a path. */
export async function catalogue(): Promise<Catalogue> {
  try {
    return (await import('@trustmesh/simulations')).CATALOGUE
  } catch (cause) {
    if (isAbsent(cause)) return {}
    throw cause
  }
}

/** Whether something stopped an experiment; by its name, so that nothing is loaded to find out. */
export function isSimulatorError(error: unknown): error is SimulatorError {
  return error instanceof Error && error.name === 'SimulatorError'
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
}
