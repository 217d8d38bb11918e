import { randomBytes } from 'node:crypto'
import { LevelStore, type LevelStoreOptions } from '../../packages/mesh-node/src/store/level.ts'
import { systemTimers } from '../../packages/mesh-node/src/timers.ts'

/** A store on a folder, with the real disk, time and randomness, and with a reserve that costs no test anything. */
export function openStore(directory: string, options: Partial<LevelStoreOptions> = {}): Promise<LevelStore> {
  return LevelStore.open({
    directory,
    random: (length) => new Uint8Array(randomBytes(length)),
    timers: systemTimers,
    alarm: () => {},
    reserveBytes: 4096,
    ...options,
  })
}
