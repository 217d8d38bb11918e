import { type Did, didOf } from '@trustmesh/identity'
import type { FrameOf } from '@trustmesh/protocol'
import { parseStanding, type Standing } from '@trustmesh/trust/agent'
import QuickLRU from 'quick-lru'

/** The standing that a frame tells. Throws for one that contradicts itself. */
export function standingIn({ type: _, did: key, ...told }: FrameOf<'standing'>): Standing {
  return parseStanding({ did: didOf(key), ...told })
}

/** What the node has told this agent of others. The node tells the current standing ahead of each message and at each change. */
export class Standings {
  /** By Did and context. */
  #held = new QuickLRU<string, Standing>({ maxSize: 10_000 })
  readonly #changed: (did: Did) => void
  #epoch = 0

  /** `changed` is told of whoever stands otherwise than it did. */
  constructor(changed: (did: Did) => void = () => {}) {
    this.#changed = changed
  }

  /** The latest epoch heard of: whatever was told before it and not since is stale. */
  get epoch(): number {
    return this.#epoch
  }

  of(did: Did, ctx = ''): Standing | null {
    return this.#held.get(keyOf({ did, ctx })) ?? null
  }

  /** There is such an epoch: whatever is of an older one is stale. */
  hear(epoch: number): void {
    this.#epoch = Math.max(this.#epoch, epoch)
  }

  /** Throws for a standing that contradicts itself. */
  learn(frame: FrameOf<'standing'>): Standing {
    const standing = standingIn(frame)
    this.hear(standing.epoch)
    const key = keyOf(standing)
    const before = this.#held.get(key)
    this.#held.set(key, standing)
    if (before && !isAlike(before, standing)) this.#changed(standing.did)
    return standing
  }

  /** Nothing that a former connection told counts on the next. */
  forget(): void {
    this.#held = new QuickLRU({ maxSize: 10_000 })
    this.#epoch = 0
  }
}

/** Whether two standings of a Did say the same of it, whenever they did. */
export function isAlike(one: Standing, other: Standing): boolean {
  return one.status === other.status && one.score === other.score && one.confidence === other.confidence
}

function keyOf({ did, ctx }: Pick<Standing, 'did' | 'ctx'>): string {
  // Looked up for every message: to put two strings together takes longer than to look up one.
  return ctx === '' ? did : `${did} ${ctx}`
}
