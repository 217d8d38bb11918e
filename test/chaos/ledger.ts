import type { Did, Statement, Verified } from '@trustmesh/identity'
import { Violation } from '@trustmesh/testing'
import { parseBody } from '../../packages/testing/src/numbered-body.ts'
import type { Attached, ChaosAgent } from './chaos-agent.ts'
import type { ChaosNode } from './chaos-node.ts'
import type { NodeView } from './node-program.ts'

/** Holds everything that the mesh has said against what it does: what was acknowledged, what was revoked, what came. */
export class Ledger {
  /** Whose revocation some node has acknowledged as durable: it holds for ever. */
  readonly revoked = new Set<Did>()
  /** Whose revocation may be in force somewhere: somebody has tried. */
  readonly doomed = new Set<Did>()
  /** Messages that have come. */
  delivered = 0
  /** Statements that were acknowledged, by envelope, with their issuers. */
  readonly #kept = new Map<string, Did>()
  /** Whose revocation each node has acknowledged as durable, and what each start of a node holds for revoked. */
  readonly #durable = new Map<number, Set<Did>>()
  readonly #held = new Map<string, Set<Did>>()
  /** Of whom each node has said, to its operator, that nothing comes of them any more. */
  readonly #cutOff = new Map<number, Set<Did>>()
  readonly #received = new Set<number>()
  readonly #latest = new Map<string, number>()
  readonly #violations: Violation[] = []

  get acknowledged(): number {
    return this.#kept.size
  }

  /** An operator was told that a Did is revoked at a node. */
  cutOff(node: ChaosNode, did: Did, isDurable: boolean): void {
    const { place, starts } = node
    setIn(this.#held, `${place} ${starts}`).add(did)
    setIn(this.#cutOff, place).add(did)
    if (!isDurable) return
    setIn(this.#durable, place).add(did)
    this.revoked.add(did)
  }

  /** A node has been killed: what it had not written is gone. */
  killed({ place }: ChaosNode): void {
    this.#cutOff.set(place, new Set(this.#durable.get(place)))
  }

  /** Of whom nothing may come from a node in any session that begins now. */
  cutOffAt(place: number): ReadonlySet<Did> {
    return setIn(this.#cutOff, place)
  }

  /** A node has said that a statement is durable. */
  kept({ bytes, signer }: Verified<Statement>): void {
    this.#kept.set(Buffer.from(bytes).toString('hex'), signer)
  }

  received(agent: ChaosAgent, { number: session, cutOff, place }: Attached, from: Did, body: Uint8Array): void {
    const { number, sentIn } = parseBody(body)
    const lane = `${from} ${sentIn} ${agent.did} ${session}`
    const latest = this.#latest.get(lane) ?? -1
    this.delivered++
    if (cutOff.has(from)) this.blame('acceptance', `node ${place} handed on message ${number} of ${from}`)
    if (this.#received.has(number)) this.blame('order', `${number} came again`)
    else if (number < latest) this.blame('order', `${number} came after ${latest}`)
    this.#received.add(number)
    this.#latest.set(lane, number)
  }

  /** What a node says that it is from now on, is to be held against what it has said before. */
  expecting(node: ChaosNode): (view: NodeView) => void {
    const held = setIn(this.#held, `${node.place} ${node.starts}`)
    const durable = new Set(this.#durable.get(node.place))
    const expected = [...held]
    const at = `at node ${node.place}`
    return ({ revoked, sessions }) => {
      const now = new Set(revoked)
      for (const did of durable) if (!now.has(did)) this.blame('durability', `${did} is not revoked ${at} any more`)
      for (const did of expected) if (!now.has(did)) this.blame('resurrection', `${did} is not revoked ${at} any more`)
      for (const did of sessions) if (now.has(did)) this.blame('resurrection', `${did} is revoked and ${at}`)
      for (const did of now) held.add(did)
    }
  }

  blame(...what: ConstructorParameters<typeof Violation>): void {
    this.#violations.push(new Violation(...what))
  }

  /** Throws the first {@link Violation}. */
  check(): void {
    const [first] = this.#violations
    if (first) throw first
  }

  /** Throws {@link Violation} unless all disks hold the same, and among it everything that was acknowledged. */
  checkDisks(disks: readonly (readonly string[])[]): void {
    const [first = []] = disks
    const found = new Set(first)
    for (const [place, disk] of disks.entries()) {
      const others = disk.filter((bytes) => !found.has(bytes)).length
      if (disk.length === first.length && others === 0) continue
      throw new Violation('convergence', `disk ${place} holds ${disk.length}, the first ${first.length}`)
    }
    // What somebody has said goes with its issuer.
    const lost = [...this.#kept].filter(([bytes, issuer]) => !this.doomed.has(issuer) && !found.has(bytes))
    if (lost.length > 0) throw new Violation('durability', `${lost.length} acknowledged statements are gone`)
  }
}

function setIn<K>(sets: Map<K, Set<Did>>, key: K): Set<Did> {
  const set = sets.get(key) ?? new Set()
  sets.set(key, set)
  return set
}
