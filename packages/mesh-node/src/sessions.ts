import type { Did } from '@trustmesh/identity'
import type { AgentSession } from './agent-session.ts'

/** Who is here. One session a Did: the newest wins, and the one before is closed as superseded (threat H15). */
export class Sessions {
  readonly #byDid = new Map<Did, AgentSession>()
  /** Everybody who has been here since the node started, in order of their last arrival; the longest gone are forgotten. */
  readonly #seen = new Set<Did>()
  readonly #maxSeen: number

  constructor(maxSeen: number) {
    this.#maxSeen = maxSeen
  }

  get size(): number {
    return this.#byDid.size
  }

  of(did: Did): AgentSession | undefined {
    return this.#byDid.get(did)
  }

  [Symbol.iterator](): IterableIterator<AgentSession> {
    return this.#byDid.values()
  }

  /** Dids that are or were here, newest first. */
  seen(): Did[] {
    return [...this.#seen].reverse()
  }

  hasSeen(did: Did): boolean {
    return this.#seen.has(did)
  }

  add(session: AgentSession): void {
    const { did } = session
    this.#byDid.get(did)?.close('session.superseded')
    this.#byDid.set(did, session)
    this.#seen.delete(did)
    this.#seen.add(did)
    for (const longestGone of this.#seen) {
      if (this.#seen.size <= this.#maxSeen) break
      this.#seen.delete(longestGone)
    }
  }

  /** Takes the session out, unless a newer one has its place. */
  remove(session: AgentSession): void {
    if (this.#byDid.get(session.did) === session) this.#byDid.delete(session.did)
  }
}
