import { generateIdentity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { issueAttestation, issueSuspension } from '@trustmesh/trust'
import { bodyOf } from '../../packages/testing/src/numbered-body.ts'
import type { Dice } from '../crash/dice.ts'
import { ChaosAgent } from './chaos-agent.ts'
import type { ChaosMesh } from './chaos-mesh.ts'
import type { ChaosNode } from './chaos-node.ts'
import type { Ledger } from './ledger.ts'

export interface LoadOptions {
  readonly mesh: ChaosMesh
  readonly ledger: Ledger
  readonly dice: Dice
}

/** Of one issuer nodes keep 256 statements: whoever says more has the oldest of them let go. */
const MOST_WORDS = 200
const AGENTS = 6
/** Of those who are revoked, how many still try to come back. */
const OUTCASTS = 4
const MOST_PAUSE_MS = 150
/** Beyond this an agent waits for answers first. */
const MOST_AWAITED = 32
/** Messages that somebody sends while it is being revoked. */
const RACE = 50
const ANSWERED_MS = 60_000

/** Agents that send each other messages and say things of others, wherever they get in. */
export class Load implements AsyncDisposable {
  readonly #options: LoadOptions
  #agents: ChaosAgent[] = []
  #outcasts: ChaosAgent[] = []
  readonly #outcomes = new Map<string, number>()
  #sent = 0
  #isOver = false
  #isQuiet = false
  readonly #lives = new Set<Promise<void>>()

  constructor(options: LoadOptions) {
    this.#options = options
    for (let n = 0; n < AGENTS; n++) this.#add()
  }

  /** How often what came to what. */
  get outcomes(): string {
    return JSON.stringify(Object.fromEntries([...this.#outcomes].sort()))
  }

  /** Nobody says anything any more; resolves when all that was sent is answered, rejects where something never is. */
  async rest(): Promise<void> {
    this.#isQuiet = true
    const deadline = performance.now() + ANSWERED_MS
    while (this.#all.some(({ awaited }) => awaited > 0)) {
      if (performance.now() > deadline) throw new Error('a node has not answered what it was sent')
      await pause(20)
    }
  }

  goOn(): void {
    this.#isQuiet = false
  }

  /** Has a node revoke one of the agents, with another in its place. */
  async revoke(node: ChaosNode): Promise<string> {
    const { ledger, dice } = this.#options
    const agent = dice.one(this.#agents)
    this.#agents = this.#agents.filter((other) => other !== agent)
    this.#outcasts = [agent, ...this.#outcasts].slice(0, OUTCASTS)
    this.#add()
    ledger.doomed.add(agent.did)
    const { starts } = node
    const [revoked] = await Promise.all([node.revoke(agent.did), this.#race(agent, node)])
    if (!revoked || node.starts !== starts || !node.isUp) return 'unanswered'
    ledger.cutOff(node, agent.did, revoked === 'durable')
    for (const other of this.#all) if (other.attached?.place === node.place) void other.expectNothingOf(agent.did)
    return revoked
  }

  /** Has one of the agents suspended for a while, by an authority that comes to a node. */
  async suspend(place: number): Promise<string> {
    const { mesh, ledger, dice } = this.#options
    const operator = new ChaosAgent({ identity: mesh.operator, mesh, ledger })
    const joined = await operator.join(place).catch(() => 'unreachable')
    if (joined !== 'ok') return joined
    const { issuance } = mesh
    const until = issuance.clock.now() + 1_000 + dice.below(4_000)
    const suspension = await issueSuspension(mesh.operator, { sub: dice.one(this.#agents).did, until }, issuance)
    const outcome = await Promise.race([operator.submit(suspension), pause(2_000).then(() => 'unanswered')])
    operator.leave()
    return outcome
  }

  /** Everybody leaves. */
  async end(): Promise<void> {
    this.#isOver = true
    for (const agent of this.#all) agent.leave()
    await Promise.all(this.#lives)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end()
  }

  get #all(): ChaosAgent[] {
    return [...this.#agents, ...this.#outcasts]
  }

  #add(): void {
    const { mesh, ledger } = this.#options
    const agent = new ChaosAgent({ identity: generateIdentity(systemRandom), mesh, ledger })
    this.#agents.push(agent)
    const life = this.#live(agent).finally(() => this.#lives.delete(life))
    this.#lives.add(life)
  }

  async #live(agent: ChaosAgent): Promise<void> {
    const { mesh, dice } = this.#options
    while (!this.#isOver && this.#all.includes(agent)) {
      if (!agent.attached) this.#note('join', await agent.join(dice.one(mesh.nodes).place).catch(() => 'unreachable'))
      else if (!this.#isQuiet && agent.awaited < MOST_AWAITED) this.#act(agent)
      await pause(dice.below(MOST_PAUSE_MS))
    }
    agent.leave()
  }

  #act(agent: ChaosAgent): void {
    const { dice } = this.#options
    // Who is revoked stays until it is put out.
    if (dice.below(50) === 0 && this.#agents.includes(agent)) return agent.leave()
    if (dice.below(3) === 0 && agent.words < MOST_WORDS)
      return void this.#attest(agent).then((outcome) => this.#note('attest', outcome))
    this.#send(agent, dice.one(this.#agents))
  }

  /** Sends as fast as it can to those at a node, which learns meanwhile that the sender is revoked. */
  async #race(agent: ChaosAgent, { place }: ChaosNode): Promise<void> {
    const there = this.#agents.filter(({ attached }) => attached?.place === place)
    for (let n = 0; n < RACE && there.length > 0; n++) {
      this.#send(agent, this.#options.dice.one(there))
      await pause(1)
    }
  }

  #send(agent: ChaosAgent, to: ChaosAgent): void {
    const body = bodyOf({ number: this.#sent++, sentIn: agent.sessions })
    void agent.send(to.did, body).then((outcome) => this.#note('send', outcome))
  }

  /** Of somebody new each time, so that no word takes the place of another. */
  async #attest(agent: ChaosAgent): Promise<string> {
    agent.words++
    const word = { sub: generateIdentity(systemRandom).did, value: 500 }
    const statement = await issueAttestation(agent.identity, word, agent.issuance)
    const outcome = await agent.submit(statement)
    if (outcome === 'ok') this.#options.ledger.kept(statement)
    return outcome
  }

  #note(what: string, outcome: string): void {
    const key = `${what} ${outcome}`
    this.#outcomes.set(key, (this.#outcomes.get(key) ?? 0) + 1)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
