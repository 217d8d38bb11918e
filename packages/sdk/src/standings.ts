import { type Did, didOf } from '@trustmesh/identity'
import type { FrameOf } from '@trustmesh/protocol'
import { parseStanding, type Standing } from '@trustmesh/trust'
import QuickLRU from 'quick-lru'

/** The standing that a frame tells. Throws for one that contradicts itself. */
export function standingIn({ type: _, did: key, ...told }: FrameOf<'standing'>): Standing {
  return parseStanding({ did: didOf(key), ...told })
}

/** What the node has told this agent of others. The node tells the current standing ahead of each message and at each change. */
export class Standings {
  #byDid = new QuickLRU<Did, Standing>({ maxSize: 10_000 })
  #epoch = 0

  /** The latest epoch heard of: whatever was told before it and not since is stale. */
  get epoch(): number {
    return this.#epoch
  }

  of(did: Did): Standing | null {
    return this.#byDid.get(did) ?? null
  }

  /** Throws for a standing that contradicts itself. */
  learn(frame: FrameOf<'standing'>): Standing {
    const standing = standingIn(frame)
    this.#epoch = Math.max(this.#epoch, standing.epoch)
    this.#byDid.set(standing.did, standing)
    return standing
  }

  /** Nothing that a former connection told counts on the next. */
  forget(): void {
    this.#byDid = new QuickLRU({ maxSize: 10_000 })
    this.#epoch = 0
  }
}
