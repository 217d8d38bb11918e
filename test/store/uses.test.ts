import { MemoryReplayWindow, MemoryUseCounters } from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import { LevelUses } from '../../packages/sdk/src/platform/level-uses.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { usesContract } from './uses-contract.ts'

usesContract('MemoryReplayWindow and MemoryUseCounters', async () => ({
  outlives: false,
  open: async () => ({
    replayWindow: new MemoryReplayWindow(),
    useCounters: new MemoryUseCounters(),
    close: async () => {},
  }),
  [Symbol.asyncDispose]: async () => {},
}))

usesContract('LevelUses', async () => {
  const folder = await temporaryFolder()
  return {
    outlives: true,
    open: (now) => LevelUses.open(folder.path, now),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
})

describe('LevelUses', () => {
  it('K6 says so where another process, or another agent, holds its folder', async () => {
    await using folder = await temporaryFolder()
    const uses = await LevelUses.open(folder.path, 0)
    await expect(LevelUses.open(folder.path, 0)).rejects.toMatchObject({ code: 'uses.unavailable' })
    await uses.close()
    const again = await LevelUses.open(folder.path, 0)
    await again.close()
  })
})
