import type { Benchmark } from '../benchmark.ts'
import { measured } from './simulation.ts'

/** The benchmark `simulation-month`: 10,000 agents for 30 virtual days, with the root, the leader of the crowd and the services. */
export const run: Benchmark = (options) => measured({ honest: 907, services: 21, days: 30 }, options)
