import { MemoryReplayWindow, MemoryUseCounters } from '@trustmesh/trust'
import { describe } from 'vitest'
import { replayWindowContract, useCountersContract } from './executor-ports.ts'

describe(MemoryReplayWindow, () => replayWindowContract(() => new MemoryReplayWindow()))
describe(MemoryUseCounters, () => useCountersContract(() => new MemoryUseCounters()))
