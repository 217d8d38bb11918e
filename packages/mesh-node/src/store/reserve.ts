import { rm, stat, statfs, truncate, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Random } from '@trustmesh/identity'

export interface ReserveOptions {
  readonly path: string
  readonly bytes: number
  readonly random: Random
}

/** Room on the disk that is held back, and given up when there is no other: what cuts somebody off still finds some (threats K4, O7). */
export class Reserve {
  readonly #options: ReserveOptions

  constructor(options: ReserveOptions) {
    this.#options = options
  }

  /** Takes the room, if it is not held. Rejects where there is not as much again left beside it: that would be used up at once. */
  async make(): Promise<void> {
    const { path, bytes, random } = this.#options
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    )
    if (size === bytes) return
    const { bavail, bsize } = await statfs(dirname(path))
    if (bavail * bsize < 2 * bytes) throw new Error('there is no room for a reserve')
    // Random, because a file system that compresses would hold nothing back for zeros.
    await writeFile(path, random(bytes), { mode: 0o600, flush: true }).catch(async (error: unknown) => {
      await this.giveUp()
      throw error
    })
  }

  /** Frees the room; says whether any was held. */
  async giveUp(): Promise<boolean> {
    const { path } = this.#options
    try {
      // Freed even if something still has the file open.
      await truncate(path)
      await rm(path)
      return true
    } catch {
      return false
    }
  }
}
