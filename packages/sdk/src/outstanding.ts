import { bytesToHex } from '@noble/hashes/utils.js'
import type { Frame } from '@trustmesh/protocol'
import { MeshError } from './mesh-error.ts'
import type { Platform } from './platform/platform.ts'

export interface WaitOptions<F extends Frame> {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Whether a frame is the answer; others with the same id are passed over. */
  readonly accepts: (frame: Frame) => frame is F
}

interface Waiter {
  offer(frame: Frame): void
  fail(error: MeshError): void
}

/** Answers that are awaited, by the id of what they answer; each with a deadline. */
export class Outstanding {
  readonly #platform: Pick<Platform, 'after'>
  readonly #waiters = new Map<string, Set<Waiter>>()

  constructor(platform: Pick<Platform, 'after'>) {
    this.#platform = platform
  }

  /** Rejects with `request.timeout`, `request.aborted`, or whatever {@link fail} is given. */
  wait<F extends Frame>(id: Uint8Array, { timeoutMs, signal, accepts }: WaitOptions<F>): Promise<F> {
    const key = bytesToHex(id)
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        cancelTimeout()
        signal?.removeEventListener('abort', abort)
        const waiters = this.#waiters.get(key)
        waiters?.delete(waiter)
        if (waiters?.size === 0) this.#waiters.delete(key)
      }
      const waiter: Waiter = {
        offer(frame) {
          if (!accepts(frame)) return
          leave()
          resolve(frame)
        },
        fail(error) {
          leave()
          reject(error)
        },
      }
      const abort = (): void => waiter.fail(new MeshError('request.aborted', { cause: signal?.reason }))
      const cancelTimeout = this.#platform.after(timeoutMs, () => waiter.fail(new MeshError('request.timeout')))
      this.#waiters.set(key, (this.#waiters.get(key) ?? new Set()).add(waiter))
      if (signal?.aborted) abort()
      else signal?.addEventListener('abort', abort)
    })
  }

  /** An answer has come. Nobody may be waiting for it any more. */
  offer(id: Uint8Array, frame: Frame): void {
    for (const waiter of [...(this.#waiters.get(bytesToHex(id)) ?? [])]) waiter.offer(frame)
  }

  /** There will be no answer. */
  fail(id: Uint8Array, error: MeshError): void {
    for (const waiter of [...(this.#waiters.get(bytesToHex(id)) ?? [])]) waiter.fail(error)
  }

  failAll(error: MeshError): void {
    for (const waiters of [...this.#waiters.values()]) for (const waiter of [...waiters]) waiter.fail(error)
  }
}
