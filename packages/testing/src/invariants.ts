import type { Did } from '@trustmesh/identity'
import type { MemoryAgent, Received } from './memory-agent.ts'
import type { MemoryMesh } from './memory-mesh.ts'
import type { MemoryNode } from './memory-node.ts'
import { parseBody } from './numbered-body.ts'
import { Violation } from './violation.ts'

/**
 * Holds everything that a mesh does against what may never happen. All of its methods throw {@link Violation}.
 */
export class Invariants {
  readonly #mesh: MemoryMesh
  /** Whose revocation each node has acknowledged: it is on its disk. */
  readonly #acknowledged = new Map<MemoryNode, Set<Did>>()
  /** What has been looked at, of what each agent has received. */
  readonly #seen = new Map<MemoryAgent, number>()
  readonly #latest = new Map<string, number>()
  readonly #received = new Set<number>()

  constructor(mesh: MemoryMesh) {
    this.#mesh = mesh
  }

  /** A node has said that the revocation of a Did is durable there. */
  acknowledged(node: MemoryNode, did: Did): void {
    this.#acknowledged.set(node, (this.#acknowledged.get(node) ?? new Set()).add(did))
  }

  /** What has to hold at any time. */
  check(): void {
    for (const agent of this.#mesh.agents) this.#checkReceived(agent)
    for (const node of this.#mesh.up) this.#checkRevoked(node)
  }

  /** What has to hold once all nodes run and have heard each other for long enough. */
  checkConverged(): void {
    this.check()
    const { nodes } = this.#mesh
    const [first, ...others] = nodes as [MemoryNode, ...MemoryNode[]]
    const expected = this.#viewOf(first)
    for (const other of others) {
      const found = this.#viewOf(other)
      const name = other.host.name
      if (found !== expected) throw new Violation('convergence', `${name} holds ${found}, others ${expected}`)
    }
    for (const node of nodes) {
      const held = node.node.statementCount
      const kept = node.disk.kept.size
      if (held !== kept)
        throw new Violation('convergence', `${node.host.name} holds ${held} statements, its disk ${kept}`)
    }
    this.checkRevoked()
  }

  /** A revocation is in force everywhere, once all nodes run and have heard each other, whatever their clocks say. */
  checkRevoked(): void {
    const revoked = [...this.#acknowledged.values()].flatMap((dids) => [...dids])
    for (const node of this.#mesh.nodes) this.#requireRevoked(node, revoked, 'convergence')
  }

  /** No resurrection: what a node holds for revoked stays so as long as it runs, and what it has acknowledged for ever. */
  #checkRevoked(node: MemoryNode): void {
    const { time, agents } = this.#mesh
    this.#requireRevoked(node, node.revokedAt.keys(), 'resurrection')
    this.#requireRevoked(node, this.#acknowledged.get(node) ?? [], 'durability')
    for (const { did } of agents) {
      if (node.node.standingOf(did).status !== 'revoked') continue
      if (!node.revokedAt.has(did)) node.revokedAt.set(did, time.now)
      if (node.node.sessions.of(did))
        throw new Violation('resurrection', `${this.#mesh.nameOf(did)} is at ${node.host.name}`)
    }
  }

  #requireRevoked(node: MemoryNode, dids: Iterable<Did>, code: 'convergence' | 'durability' | 'resurrection'): void {
    for (const did of dids) {
      const { status } = node.node.standingOf(did)
      if (status === 'revoked') continue
      throw new Violation(code, `${this.#mesh.nameOf(did)} was revoked and is ${status} at ${node.host.name}`)
    }
  }

  #checkReceived(agent: MemoryAgent): void {
    for (const message of agent.received.slice(this.#seen.get(agent) ?? 0)) {
      this.#checkAcceptance(message)
      this.#checkOrder(agent, message)
    }
    this.#seen.set(agent, agent.received.length)
  }

  /** What was handed on in the very moment of the revocation may have been so before it. */
  #checkAcceptance({ from, by, sentAt }: Received): void {
    const node = this.#mesh.nodes.find(({ did }) => did === by.did)
    const revokedAt = node?.revokedAt.get(from) ?? Number.POSITIVE_INFINITY
    if (sentAt <= revokedAt) return
    const what = `a message of ${this.#mesh.nameOf(from)} at ${sentAt}, revoked since ${revokedAt}`
    throw new Violation('acceptance', `${by.host.name} handed on ${what}`)
  }

  /** Nothing comes twice; and what is sent in one session of the sender comes in order, as far as it comes in one of the recipient. */
  #checkOrder(agent: MemoryAgent, { from, body, session }: Received): void {
    const { number, sentIn } = parseBody(body)
    const latest = this.#latest.get(`${from} ${sentIn} ${agent.did} ${session}`) ?? -1
    const what = `${number} of ${this.#mesh.nameOf(from)} came to ${this.#mesh.nameOf(agent.did)}`
    if (this.#received.has(number)) throw new Violation('order', `${what} again`)
    if (number < latest) throw new Violation('order', `${what} after ${latest}`)
    this.#received.add(number)
    this.#latest.set(`${from} ${sentIn} ${agent.did} ${session}`, number)
  }

  /** What a node holds, and what it makes of everybody, as text. */
  #viewOf({ node, disk }: MemoryNode): string {
    const standings = this.#mesh.agents.map(({ did }) => {
      const { status, score, confidence } = node.standingOf(did)
      return `${this.#mesh.nameOf(did)} ${status} ${score} ${confidence}`
    })
    return JSON.stringify([[...disk.kept.keys()].map((id) => id.slice(0, 8)).sort(), standings])
  }
}
