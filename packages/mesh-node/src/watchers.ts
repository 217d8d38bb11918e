import type { Did } from '@trustmesh/identity'
import type { AgentSession } from './agent-session.ts'

/** Which sessions have been told of a Did, and so have to hear what becomes of it. */
export class Watchers {
  readonly #of = new Map<Did, Set<AgentSession>>()

  of(did: Did): readonly AgentSession[] {
    return [...(this.#of.get(did) ?? [])]
  }

  add(did: Did, session: AgentSession): void {
    this.#of.set(did, (this.#of.get(did) ?? new Set()).add(session))
  }

  remove(did: Did, session: AgentSession): void {
    const sessions = this.#of.get(did)
    sessions?.delete(session)
    if (sessions?.size === 0) this.#of.delete(did)
  }
}
