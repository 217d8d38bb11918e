import type { Did, Statement, Verified } from '@trustmesh/identity'
import { issueAttestation, issueRevocation, issueSuspension } from '@trustmesh/trust'
import { Invariants } from '../invariants.ts'
import type { MemoryAgent, Outcome } from '../memory-agent.ts'
import { MemoryMesh, TOPOLOGIES } from '../memory-mesh.ts'
import type { MemoryNode } from '../memory-node.ts'
import { bodyOf } from '../numbered-body.ts'
import { Violation } from '../violation.ts'
import type { Schedule, Step } from './step.ts'

/** Enough for one who is cut off, one who is not, and one who looks on. */
const AGENTS = 3
/** How long everything may take to agree, once nothing is in the way. */
const QUIET_MS = 15_000
/** What all agents get to join, before anything happens. */
const JOIN_MS = 500
/** How wrong a clock may be: nodes whose clocks are more than two days apart do not reconcile. */
const MOST_OFF_MS = 86_400_000
/** For how long somebody keeps on sending while something else is under way. */
const RACE_MS = 8
/** What passes between two steps. */
const BREATH_MS = 1

/** What a run came to. */
export interface Played {
  /** Of all that happened: the same for the same schedule. */
  readonly trace: string
  /** How often what came to what: `send ok`, `join refused.revoked`. */
  readonly outcomes: ReadonlyMap<string, number>
}

/** Runs a schedule, then lets everybody recover and agree. Rejects with {@link Violation}, or whatever was thrown on the way. */
export async function play({ seed, nodes, topology, steps }: Schedule): Promise<Played> {
  const unhandled: unknown[] = []
  const note = (error: unknown): number => unhandled.push(error)
  process.on('unhandledRejection', note)
  try {
    const mesh = await MemoryMesh.start({ seed, nodes, agents: AGENTS, topology: TOPOLOGIES[topology] })
    const played = await new Play(mesh).run(steps)
    if (unhandled.length > 0) throw unhandled[0]
    return played
  } finally {
    process.off('unhandledRejection', note)
  }
}

class Play {
  readonly #mesh: MemoryMesh
  readonly #invariants: Invariants
  readonly #outcomes = new Map<string, number>()
  /** The last that each agent has said of somebody. */
  readonly #said = new Map<MemoryAgent, Verified<Statement>>()
  #sent = 0
  #mostAheadMs = 0

  constructor(mesh: MemoryMesh) {
    this.#mesh = mesh
    this.#invariants = new Invariants(mesh)
  }

  async run(steps: readonly Step[]): Promise<Played> {
    const { time, trace, agents, nodes } = this.#mesh
    for (const [i, agent] of agents.entries()) this.#note('join', agent.join(pick(nodes, i)))
    await time.advance(JOIN_MS)
    for (const step of steps) {
      await this.#take(step)
      await time.advance(BREATH_MS)
      this.#invariants.check()
    }
    await this.#recover()
    await this.#agree(() => this.#invariants.checkRevoked())
    this.#alignClocks()
    await this.#agree(() => this.#invariants.checkConverged())
    return { trace: trace.digest(), outcomes: this.#outcomes }
  }

  /** Everybody runs and hears everybody. */
  async #recover(): Promise<void> {
    const { network, nodes } = this.#mesh
    network.heal()
    for (const node of nodes) {
      node.host.resume()
      if (!node.isUp) await this.#mesh.finish(node.start())
    }
  }

  /** To the latest that any of them has ever shown: nothing that was said is of a time to come. */
  #alignClocks(): void {
    const { nodes, agents, operator } = this.#mesh
    for (const { host } of [...nodes, ...agents, operator]) host.jump(this.#mostAheadMs - host.aheadMs)
  }

  /** Waits until something holds, and still does a little later. Rejects with the {@link Violation} where it never does. */
  async #agree(check: () => void): Promise<void> {
    const { time } = this.#mesh
    const end = time.now + QUIET_MS
    const advance = async (): Promise<void> => {
      await time.advance(500)
      this.#invariants.check()
    }
    do await advance()
    while (time.now < end && !isHeld(check))
    await advance()
    check()
  }

  async #take(step: Step): Promise<void> {
    const { time, network, nodes } = this.#mesh
    const agent = pick(this.#mesh.agents, 'agent' in step ? step.agent : 0)
    const other = pick(this.#mesh.agents, 'to' in step ? step.to : 0)
    const node = pick(nodes, 'node' in step ? step.node : 0)
    switch (step.do) {
      case 'join':
        return this.#note('join', agent.join(node))
      case 'leave':
        return agent.leave()
      case 'send':
        return this.#send(agent, other, step.times)
      case 'attest':
        return this.#note('attest', this.#attest(agent, other.did, step.value))
      case 'retract':
        return this.#note('retract', this.#retract(agent))
      case 'resign':
        return this.#note('resign', this.#resign(agent))
      case 'revoke':
        return this.#note('revoke', this.#revoke(node, agent.did))
      case 'race':
        this.#note('revoke', this.#revoke(node, agent.did))
        return await this.#sendOn(agent, other)
      case 'roam':
        this.#note('join', other.join(node))
        return await this.#sendOn(agent, other)
      case 'suspend':
        return this.#note('suspend', this.#suspend(node, agent.did, step.ms))
      case 'partition':
        return network.partition(this.#behind(step.nodes))
      case 'heal':
        return network.heal()
      case 'cut':
        for (const host of [...nodes, ...this.#mesh.agents].map(({ host }) => host)) network.cut(node.host, host)
        return
      case 'pause':
        return node.isUp ? node.host.pause() : undefined
      case 'resume':
        return node.host.resume()
      case 'crash':
        return node.isUp ? node.crash() : undefined
      case 'stop':
        return node.isUp ? node.stop() : undefined
      case 'start':
        return node.isUp ? undefined : await this.#mesh.finish(node.start())
      case 'jump':
        node.host.jump(Math.max(-MOST_OFF_MS, Math.min(node.host.aheadMs + step.ms, MOST_OFF_MS)) - node.host.aheadMs)
        this.#mostAheadMs = Math.max(this.#mostAheadMs, node.host.aheadMs)
        return
      case 'wait':
        return await time.advance(step.ms)
    }
  }

  /** Whatever it comes to, it may take as long as it likes. */
  #note(what: string, outcome: Promise<Outcome>): void {
    const count = (code: string): void => {
      this.#mesh.trace.record(this.#mesh.time.now, `${what} ${code}`)
      this.#outcomes.set(`${what} ${code}`, (this.#outcomes.get(`${what} ${code}`) ?? 0) + 1)
    }
    outcome.then(count, (error: unknown) => count(error instanceof Error ? `threw ${error.message}` : 'threw'))
  }

  #send(agent: MemoryAgent, to: MemoryAgent, times: number): void {
    for (let i = 0; i < times; i++) {
      this.#note('send', agent.send(to.did, bodyOf({ number: this.#sent++, sentIn: agent.sessions })))
    }
  }

  async #sendOn(agent: MemoryAgent, to: MemoryAgent): Promise<void> {
    for (let ms = 0; ms < RACE_MS; ms++) {
      this.#send(agent, to, 1)
      await this.#mesh.time.advance(1)
    }
  }

  /** Hosts of the nodes whose bits are set, and of the agents that are there. */
  #behind(bits: number): MemoryAgent['host'][] {
    const nodes = this.#mesh.nodes.filter((_, i) => (bits >> i) & 1)
    const agents = this.#mesh.agents.filter(({ home }) => nodes.some(({ did }) => did === home?.did))
    return [...nodes, ...agents].map(({ host }) => host)
  }

  async #attest(agent: MemoryAgent, sub: Did, value: number): Promise<Outcome> {
    if (agent.did === sub) return 'itself'
    const previousSeq = (this.#said.get(agent)?.claim['seq'] as number | undefined) ?? -1
    const statement = await issueAttestation(agent.identity, { sub, value, previousSeq }, agent.issuance)
    this.#said.set(agent, statement)
    return await agent.submit(statement)
  }

  async #retract(agent: MemoryAgent): Promise<Outcome> {
    const said = this.#said.get(agent)
    if (!said) return 'nothing'
    const target = { iss: said.signer, id: said.id }
    return await agent.submit(await issueRevocation(agent.identity, { target, reason: 'mistaken' }, agent.issuance))
  }

  async #resign(agent: MemoryAgent): Promise<Outcome> {
    const revocation = { target: { did: agent.did }, reason: 'compromised' }
    return await agent.submit(await issueRevocation(agent.identity, revocation, agent.issuance))
  }

  async #revoke(node: MemoryNode, did: Did): Promise<Outcome> {
    if (!node.isUp || node.host.isPaused) return 'down'
    await node.revoke(did)
    this.#invariants.acknowledged(node, did)
    return 'ok'
  }

  /** For so long, or no more. */
  async #suspend(node: MemoryNode, sub: Did, ms: number): Promise<Outcome> {
    const { operator } = this.#mesh
    const joined = await operator.join(node)
    if (joined !== 'ok') return joined
    const { issuance } = operator
    const hold = ms === 0 ? { sub, lifted: true } : { sub, until: issuance.clock.now() + ms }
    return await operator.submit(await issueSuspension(operator.identity, hold, issuance))
  }
}

function isHeld(check: () => void): boolean {
  try {
    check()
    return true
  } catch (error) {
    if (error instanceof Violation) return false
    throw error
  }
}

function pick<T>(all: readonly T[], index: number): T {
  return all[index % all.length] as T
}
