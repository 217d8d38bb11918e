import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const SIZE = '24m'
const FILLER_BYTES = 2 ** 20
const LEAST_BYTES = 512

/** A small file system that nobody else sees, and that is gone with this process, however that ends. */
export class SmallDisk implements AsyncDisposable {
  readonly path: string
  readonly #holder: ChildProcess
  #fillers: string[] = []

  /** In place of a folder; `null` where this machine does not allow that. */
  static async mount(folder: string): Promise<SmallDisk | null> {
    const script = 'mount -t tmpfs -o "size=$2" none "$1"; echo; exec cat'
    const holder = spawn('unshare', ['-rm', 'sh', '-ec', script, 'sh', folder, SIZE], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const mounted = once(holder.stdout, 'data').then(() => true)
    const failed = Promise.race([once(holder, 'exit'), once(holder, 'error')]).then(() => false)
    return (await Promise.race([mounted, failed])) ? new SmallDisk(holder, folder) : null
  }

  private constructor(holder: ChildProcess, folder: string) {
    this.#holder = holder
    this.path = `/proc/${holder.pid}/root${folder}`
  }

  get isFull(): boolean {
    return this.#fillers.length > 0
  }

  /** Takes all the room that there is. */
  fill(): void {
    for (let bytes = FILLER_BYTES; bytes >= LEAST_BYTES; ) {
      const filler = join(this.path, `filler-${this.#fillers.length}`)
      this.#fillers.push(filler)
      try {
        writeFileSync(filler, Buffer.alloc(bytes))
      } catch {
        bytes /= 2
      }
    }
  }

  free(): void {
    for (const filler of this.#fillers.splice(0)) rmSync(filler, { force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#holder, 'exit')
    this.#holder.stdin?.end()
    await exited
  }
}
