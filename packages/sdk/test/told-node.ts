import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { type Did, didOf, type Identity, keyOf, type Statement, type Verified } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import type { Frame, FrameOf } from '@trustmesh/protocol'
import {
  evidenceFor,
  type Issuance,
  issueAttestation,
  issueManifest,
  issueRevocation,
  type NewAttestation,
  type NewManifest,
  Replica,
  type Standing,
} from '@trustmesh/trust'
import { Exchange } from '../src/exchange.ts'
import type { Platform } from '../src/platform/platform.ts'
import { Standings } from '../src/standings.ts'
import { config, root } from './lent.ts'

export const NOW = 1_767_225_600_000

/** A node without a wire that holds what people have signed and tells what follows from it, unless it lies. */
export class ToldNode {
  nowMs = NOW
  readonly replica: Replica = new Replica({ net: config.net, policy: config.policy })
  readonly standings: Standings = new Standings()
  readonly asked: Frame[] = []
  /** Envelopes on one page of an answer. */
  pageSize = 64
  /** Of the frames of an answer, those that it sends: all, unless told otherwise. */
  lie: (frames: readonly Frame[]) => readonly Frame[] = (frames) => frames
  /** The standing of each frame that tells one. */
  heard: (standing: Standing) => void = () => {}
  readonly platform: Pick<Platform, 'after' | 'clock' | 'random'>
  readonly exchange: Exchange
  #timers: { readonly at: number; readonly act: () => void }[] = []

  constructor() {
    this.platform = {
      clock: { now: () => this.nowMs, monotonic: () => this.nowMs },
      random: systemRandom,
      after: (ms, act) => {
        const timer = { at: this.nowMs + ms, act }
        this.#timers.push(timer)
        return () => {
          this.#timers = this.#timers.filter((each) => each !== timer)
        }
      },
    }
    const push = (frame: Frame) => {
      this.asked.push(frame)
      queueMicrotask(() => this.say(...this.lie(this.#answersTo(frame))))
      return 'sent' as const
    }
    this.exchange = new Exchange({ isOnline: true, push }, this.platform as Platform)
  }

  /** How many timers run. */
  get timers(): number {
    return this.#timers.length
  }

  /** So much time passes, and all that was to happen in it does. */
  async pass(ms: number): Promise<void> {
    const end = this.nowMs + ms
    for (let next = this.#due(end); next; next = this.#due(end)) {
      this.nowMs = Math.max(this.nowMs, next.at)
      next.act()
      await this.settled()
    }
    this.nowMs = end
  }

  /** Everything that was asked has been answered. */
  async settled(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
  }

  get issuance(): Issuance {
    return { net: config.net, clock: this.platform.clock, random: systemRandom }
  }

  async attest(by: Identity, sub: Did, attestation: Partial<NewAttestation> = {}): Promise<Verified<Statement>> {
    return this.#add(await issueAttestation(by, { sub, value: 1000, ...attestation }, this.issuance))
  }

  async present(by: Identity, capabilities: string[], manifest: Partial<NewManifest> = {}): Promise<Did> {
    this.#add(await issueManifest(by, { name: 'agent', version: '1', capabilities, ...manifest }, this.issuance))
    return by.did
  }

  async revoke(did: Did): Promise<void> {
    this.#add(await issueRevocation(root, { target: { did }, reason: 'over' }, this.issuance))
  }

  /** Says something to the agent, asked or not: one message. */
  say(...frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (frame.type === 'standing') {
        const standing = this.standings.learn(frame)
        this.heard(standing)
        this.exchange.answered(frame.did, frame)
      } else if (frame.type === 'ack') this.exchange.acknowledged(frame)
      else if ('re' in frame && frame.re) this.exchange.answered(frame.re as Uint8Array, frame)
    }
  }

  standing(did: Did, ctx = ''): FrameOf<'standing'> {
    const { ctx: _, ...standing } = this.replica.standingOf(did, this.nowMs, ctx)
    return { type: 'standing', ...standing, did: keyOf(did), ...(ctx !== '' && { ctx }) }
  }

  #due(end: number): { readonly at: number; readonly act: () => void } | undefined {
    const [first] = this.#timers.toSorted((a, b) => a.at - b.at)
    if (!first || first.at > end) return undefined
    this.#timers = this.#timers.filter((each) => each !== first)
    return first
  }

  #add(statement: Verified<Statement>): Verified<Statement> {
    this.replica.add(statement, this.nowMs)
    return statement
  }

  #answersTo(frame: Frame): Frame[] {
    switch (frame.type) {
      case 'query':
        return [this.standing(didOf(frame.did), frame.ctx)]
      case 'find':
        return this.#listed(frame)
      case 'explain':
        return [this.standing(didOf(frame.did), frame.ctx), this.#explained(frame)]
      case 'evidence':
        return [this.standing(didOf(frame.did), frame.ctx), this.#proofs(frame)]
      default:
        return []
    }
  }

  #listed({ id, can, after, limit }: FrameOf<'find'>): Frame[] {
    const { set } = this.replica
    const most = Math.min(limit, this.pageSize)
    const dids = set.offering(can, most, after && didOf(after))
    const manifests = dids.map((did) => set.get(set.manifestOf(did)?.id as Statement['id'])?.bytes as Uint8Array)
    const more = dids.length === most ? { more: keyOf(dids.at(-1) as Did) } : {}
    return [...dids.map((did) => this.standing(did)), { type: 'found', re: id, manifests, ...more }]
  }

  #explained({ id, did, ctx }: FrameOf<'explain'>): Frame {
    const { contributions, ...sums } = this.replica.explain(didOf(did), this.nowMs, ctx)
    const named = contributions.map(({ rater, path, ...each }) => {
      return { ...each, rater: keyOf(rater), path: path.map(keyOf) }
    })
    return { type: 'explained', re: id, ...sums, contributions: named }
  }

  #proofs({ id, did, ctx = '', after }: FrameOf<'evidence'>): Frame {
    const evidence = evidenceFor(this.replica, didOf(did), { now: this.nowMs, ctx }) ?? []
    const left = evidence
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .filter((each) => !after || each.id > bytesToHex(after))
    const page = left.slice(0, this.pageSize)
    const last = page.length < left.length ? page.at(-1) : undefined
    return {
      ...{ type: 'proofs', re: id, statements: page.map(({ bytes }) => bytes) },
      ...(last && { more: hexToBytes(last.id) }),
    }
  }
}
