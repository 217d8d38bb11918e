import { type Did, keyOf } from '@trustmesh/identity'
import type { Frame, FrameOf } from '@trustmesh/protocol'
import type { Standing } from '@trustmesh/trust'
import { CALL_MS, type CallOptions } from './calls/calls.ts'
import type { Home, HomeEnd } from './home.ts'
import { MeshError } from './mesh-error.ts'
import { Outstanding } from './outstanding.ts'
import type { Platform } from './platform/platform.ts'
import { standingIn } from './standings.ts'

/** What is asked of a node, and the answers to it: each has a deadline, and waits for a session if there is none. */
export class Exchange {
  readonly #home: Pick<Home, 'isOnline' | 'push'>
  readonly #platform: Platform
  /** By the id of what is asked, the hash of a statement, or the key of whom a query is about. */
  readonly #outstanding: Outstanding
  readonly #wakers = new Set<() => void>()
  #end: HomeEnd | undefined

  constructor(home: Pick<Home, 'isOnline' | 'push'>, platform: Platform) {
    this.#home = home
    this.#platform = platform
    this.#outstanding = new Outstanding(platform)
  }

  /** Resolves once there is a session. Rejects with `mesh.disconnected` after the time, or with why there will be none. */
  async online({ timeoutMs = CALL_MS, signal }: CallOptions = {}): Promise<void> {
    const until = this.#now() + timeoutMs
    while (!this.#home.isOnline) {
      if (this.#end) throw endError(this.#end)
      if (signal?.aborted) throw new MeshError('request.aborted', { cause: signal.reason })
      const leftMs = until - this.#now()
      if (leftMs <= 0) throw new MeshError('mesh.disconnected')
      await this.#news(leftMs, signal)
    }
  }

  /** Sends a frame and resolves to the first one that answers `id` and is accepted. */
  async ask<F extends Frame>(
    frame: Frame,
    id: Uint8Array,
    accepts: (answer: Frame) => answer is F,
    { timeoutMs = CALL_MS, signal }: CallOptions = {},
  ): Promise<F> {
    const until = this.#now() + timeoutMs
    await this.online({ timeoutMs, ...(signal ? { signal } : {}) })
    const answer = this.#outstanding.wait(id, { timeoutMs: until - this.#now(), signal, accepts })
    try {
      const pushed = signal?.aborted ? 'sent' : this.#home.push(frame)
      if (pushed === 'busy') this.#outstanding.fail(id, new MeshError('mesh.busy'))
      if (pushed === 'offline') this.#outstanding.fail(id, new MeshError('mesh.disconnected'))
    } catch (cause) {
      this.#outstanding.fail(id, new MeshError('message.too-big', { cause }))
    }
    return await answer
  }

  /** What the node holds of a Did now, in a context. */
  async standing(did: Did, ctx: string, options?: CallOptions): Promise<Standing> {
    const key = keyOf(did)
    const accepts = (frame: Frame): frame is FrameOf<'standing'> =>
      frame.type === 'standing' && (frame.ctx ?? '') === ctx
    const query = { type: 'query', did: key, ...(ctx !== '' && { ctx }) } as const
    return standingIn(await this.ask(query, key, accepts, options))
  }

  /** Something has come that answers `id`, if anybody waits for it. */
  answered(id: Uint8Array, frame: Frame): void {
    this.#outstanding.offer(id, frame)
  }

  acknowledged(frame: FrameOf<'ack'>): void {
    if (frame.code === undefined) this.#outstanding.offer(frame.re, frame)
    else this.#outstanding.fail(frame.re, refusal(frame.code))
  }

  /** There is a session now, or there never will be. */
  wake(): void {
    for (const wake of [...this.#wakers]) wake()
  }

  /** The session is gone, and all answers with it. */
  disconnected(): void {
    this.#outstanding.failAll(new MeshError('mesh.disconnected'))
  }

  end(reason: HomeEnd): void {
    this.#end = reason
    this.#outstanding.failAll(endError(reason))
    this.wake()
  }

  /** Resolves when something has changed, the time is up, or the caller has given up. */
  #news(withinMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        cancelTimer()
        signal?.removeEventListener('abort', wake)
        this.#wakers.delete(wake)
        resolve()
      }
      const cancelTimer = this.#platform.after(withinMs, wake)
      signal?.addEventListener('abort', wake)
      this.#wakers.add(wake)
    })
  }

  #now(): number {
    return this.#platform.clock.monotonic()
  }
}

export function isAck(frame: Frame): frame is FrameOf<'ack'> {
  return frame.type === 'ack'
}

export function isStatus(frame: Frame): frame is FrameOf<'status'> {
  return frame.type === 'status'
}

export function endError(reason: HomeEnd): MeshError {
  return new MeshError(reason === 'revoked' ? 'mesh.revoked' : 'mesh.closed', { detail: reason })
}

function refusal(code: string): MeshError {
  if (code === 'query.rate-limited' || code === 'query.too-much') return new MeshError(code)
  return new MeshError('statement.refused', { detail: code })
}
