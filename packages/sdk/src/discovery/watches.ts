import { type Did, parseDid } from '@trustmesh/identity'
import { isContext, type Standing } from '@trustmesh/trust/agent'
import type { Exchange } from '../exchange.ts'
import { Feed } from '../feed.ts'
import { MeshError } from '../mesh-error.ts'
import type { Platform } from '../platform/platform.ts'
import { isAlike } from '../standings.ts'

/** Which standing is watched, and until when. */
export interface WatchOptions {
  /** In which context: `tool/search`; the general one unless told otherwise. */
  readonly ctx?: string
  /** Ends it. */
  readonly signal?: AbortSignal
}

export interface WatchesOptions {
  readonly platform: Pick<Platform, 'after'>
  readonly exchange: Pick<Exchange, 'standing'>
}

/** The node may have forgotten who is watched: it is asked again after so long, and sooner where it did not answer. */
const RENEW_MS = 30_000
const RETRY_MS = 1_000

/** Whose standing somebody wants to be told of. */
export class Watches {
  readonly #options: WatchesOptions
  /** Each with what ends it. */
  readonly #all = new Map<Watch, () => void>()
  #isClosed = false

  constructor(options: WatchesOptions) {
    this.#options = options
  }

  /**
   * The standing of a Did, now and whenever it is another; until the reader leaves, the signal aborts, or this agent is out of
   * the mesh. One who does not keep up is told the latest. Throws {@link MeshError} `question.malformed`.
   */
  watch(did: Did, { ctx = '', signal }: WatchOptions = {}): AsyncIterableIterator<Standing> {
    if (!isContext(ctx))
      throw new MeshError('question.malformed', { detail: 'a context is a path such as tool/search' })
    const watch = new Watch(parseDid(did), ctx, this.#options)
    const end = (): void => {
      signal?.removeEventListener('abort', end)
      this.#all.delete(watch)
      watch.end()
    }
    const standings = watch.feed.stream(end)
    if (this.#isClosed || signal?.aborted) end()
    else {
      signal?.addEventListener('abort', end)
      this.#all.set(watch, end)
      watch.ask()
    }
    return standings
  }

  /** The node has told a standing. */
  heard(standing: Standing): void {
    for (const watch of this.#all.keys()) watch.heard(standing)
  }

  /** There is another session, on which nobody has asked for anything yet. */
  online(): void {
    for (const watch of this.#all.keys()) watch.ask()
  }

  close(): void {
    this.#isClosed = true
    for (const end of [...this.#all.values()]) end()
  }
}

class Watch {
  readonly feed = new Feed<Standing>(1)
  readonly #did: Did
  readonly #ctx: string
  readonly #options: WatchesOptions
  #last: Standing | undefined
  #asking: 'no' | 'once' | 'again' = 'no'
  #isEnded = false
  #cancelTimer: () => void = () => {}

  constructor(did: Did, ctx: string, options: WatchesOptions) {
    this.#did = did
    this.#ctx = ctx
    this.#options = options
  }

  heard(standing: Standing): void {
    if (standing.did !== this.#did) return
    if (standing.ctx === this.#ctx) {
      if (this.#last && isAlike(this.#last, standing)) return
      this.#last = standing
      this.feed.add(standing)
      // The node tells of changes by the standing in the general context, whichever it has changed in.
    } else if (standing.ctx === '') this.ask()
  }

  /** The answer comes by {@link heard}. */
  ask(): void {
    if (this.#asking !== 'no') {
      this.#asking = 'again'
      return
    }
    this.#asking = 'once'
    this.#cancelTimer()
    void this.#options.exchange.standing(this.#did, this.#ctx).then(
      () => this.#answered(RENEW_MS),
      () => this.#answered(RETRY_MS),
    )
  }

  end(): void {
    this.#isEnded = true
    this.#cancelTimer()
    this.feed.close()
  }

  #answered(waitMs: number): void {
    const isOverdue = this.#asking === 'again'
    this.#asking = 'no'
    if (this.#isEnded) return
    if (isOverdue && waitMs === RENEW_MS) this.ask()
    else this.#cancelTimer = this.#options.platform.after(waitMs, () => this.ask())
  }
}
