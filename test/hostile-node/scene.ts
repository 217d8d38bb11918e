import type { Did, Encodable } from '@trustmesh/identity'
import { type Mesh, MeshError } from '@trustmesh/sdk'
import { expect } from 'vitest'
import { join, someone } from '../e2e/kit.ts'
import { HostileNode } from './hostile-node.ts'
import { hurried, pass } from './hurried.ts'

/** Stands in everything that anybody says. */
const CANARY = 'canary-8d1f36c2'
/** Of what is said, before whoever says it gives up. */
const PATIENCE_MS = 30_000
const ITEMS = 40
const RECOVERY_MS = 10_000

const NAMES = ['alice', 'bob', 'carol'] as const
type Name = (typeof NAMES)[number]
/** `endless` is a stream that ends with the session alone. */
type How = 'send' | 'request' | 'stream' | 'endless'

/** Something that an agent has said to another, and what it was told of it. */
interface Said {
  readonly from: Did
  readonly to: Did
  readonly content: Encodable
  readonly how: How
  /** `ok`, or the code with which it failed. */
  outcome?: string
}

/** Something that a handler was given. */
interface Heard {
  readonly from: Did
  readonly to: Did
  readonly n: number
}

/** Agents with the SDK that speak with each other through a hostile node, and a record of what they were promised. */
export class Scene implements AsyncDisposable {
  readonly node: HostileNode
  /** What they have said, by number; and what has been handled, in order. */
  readonly said: Said[] = []
  readonly heard: Heard[] = []
  /** Items of streams that have come. */
  items = 0
  readonly #identities = { alice: someone(), bob: someone(), carol: someone() }
  readonly #agents = new Map<Name, Mesh>()
  #hasRestarted = false

  static async set(): Promise<Scene> {
    const scene = new Scene(await HostileNode.start())
    for (const name of NAMES) await scene.#join(name)
    return scene
  }

  private constructor(node: HostileNode) {
    this.node = node
  }

  get alice(): Mesh {
    return this.#agents.get('alice') as Mesh
  }

  get bob(): Mesh {
    return this.#agents.get('bob') as Mesh
  }

  get carol(): Mesh {
    return this.#agents.get('carol') as Mesh
  }

  /** Ends an agent, and has another program join as the same. */
  async restart(name: Name): Promise<void> {
    this.#hasRestarted = true
    await this.#agents.get(name)?.[Symbol.asyncDispose]()
    await this.#join(name)
  }

  async #join(name: Name): Promise<void> {
    const agent = await hurried(join(this.node.joinFile, name, { identity: this.#identities[name] }))
    this.#agents.set(name, agent)
    const hear = (content: unknown, from: Did): Encodable => {
      const { n } = content as { readonly n: number }
      expect(content).toEqual(this.said[n]?.content)
      this.heard.push({ from, to: agent.did, n })
      return content as Encodable
    }
    agent.on('note', { minTier: 'trusted' }, (content, { did }) => hear(content, did))
    agent.on('count', { minTier: 'trusted' }, (content, { did }) => {
      hear(content, did)
      return counted()
    })
    agent.on('endless', { minTier: 'trusted' }, (content, { did }) => {
      hear(content, did)
      return endless()
    })
  }

  /** Says something new. Resolves once it is known what has become of it: `ok`, or the code with which it failed. */
  async say(from: Mesh, to: Mesh, how: How = 'send', timeoutMs: number = PATIENCE_MS): Promise<string> {
    const content = { n: this.said.length, canary: CANARY, from: from.did, to: to.did }
    const said: Said = { from: from.did, to: to.did, content, how }
    this.said.push(said)
    said.outcome = await this.#carryOut(from, to, said, timeoutMs).then(
      () => 'ok',
      (error: unknown) => {
        if (error instanceof MeshError) return error.code
        throw error
      },
    )
    return said.outcome
  }

  /** Everybody says something to everybody, in each way. Resolves to what has become of it. */
  async talk(timeoutMs?: number): Promise<string[]> {
    const outcomes: Promise<string>[] = []
    for (const how of ['send', 'send', 'request', 'stream', 'send'] as const) {
      for (const from of this.#agents.values()) {
        for (const to of this.#agents.values()) if (from !== to) outcomes.push(this.say(from, to, how, timeoutMs))
      }
    }
    return await hurried(Promise.all(outcomes))
  }

  /**
   * Each thing was handled once at most, by whom it was meant for, as of whom it was from, and in order; what is known to have
   * arrived has; and nobody but those two has read it.
   */
  check(): void {
    const numbers = this.heard.map(({ n }) => n)
    expect(new Set(numbers).size).toBe(numbers.length)
    for (const { from, to, n } of this.heard) expect(this.said[n]).toMatchObject({ from, to })
    for (const lane of this.#lanes()) expect(lane).toEqual([...lane].sort((a, b) => a - b))
    for (const [n, { outcome }] of this.said.entries()) if (outcome === 'ok') expect(numbers).toContain(n)
    expect(Buffer.concat(this.node.read).includes(CANARY)).toBe(false)
    expect(this.node.read.length).toBeGreaterThan(0)
  }

  /** The node is honest from now on: in ten seconds everybody gets through to everybody again, by themselves. */
  async recover(): Promise<void> {
    this.node.lie = null
    await pass(RECOVERY_MS)
    // Whoever had a session with a program that is gone learns that from the one that has come.
    if (this.#hasRestarted)
      for (const outcome of await this.talk()) expect(['ok', 'message.interrupted']).toContain(outcome)
    const outcomes = await this.talk(120_000)
    expect(outcomes).toEqual(outcomes.map(() => 'ok'))
    this.check()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.#agents.values()) await agent[Symbol.asyncDispose]()
    await this.node[Symbol.asyncDispose]()
  }

  /** What was handled, by the two that it was between; streams by themselves, which begin when somebody takes of them. */
  #lanes(): Iterable<readonly number[]> {
    const lanes = new Map<string, number[]>()
    for (const { from, to, n } of this.heard) {
      const lane = `${from} ${to} ${this.said[n]?.how === 'stream'}`
      lanes.set(lane, [...(lanes.get(lane) ?? []), n])
    }
    return lanes.values()
  }

  async #carryOut(from: Mesh, { did: to }: Mesh, { how, content }: Said, timeoutMs: number): Promise<void> {
    const options = { timeoutMs }
    if (how === 'send') return await from.send(to, 'note', content, options)
    if (how === 'request') return expect(await from.request(to, 'note', content, options)).toEqual(content)
    let item = 0
    for await (const got of from.stream(to, how === 'stream' ? 'count' : how, content, options)) {
      expect(got).toEqual({ item: item++, canary: CANARY })
      this.items++
    }
    expect(item).toBe(ITEMS)
  }
}

async function* counted(): AsyncGenerator<Encodable> {
  for (let item = 0; item < ITEMS; item++) yield { item, canary: CANARY }
}

async function* endless(): AsyncGenerator<Encodable> {
  for (let item = 0; ; item++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    yield { item, canary: CANARY }
  }
}
