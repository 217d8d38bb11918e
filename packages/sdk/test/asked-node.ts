import { bytesToHex } from '@noble/hashes/utils.js'
import { type Clock, type Did, didOf, keyOf, type StatementId, sha256 } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import type { Frame, FrameOf } from '@trustmesh/protocol'
import { generateKeyPair } from '@trustmesh/protocol/node'
import { MemoryReplayWindow, MemoryUseCounters, type Standing } from '@trustmesh/trust'
import { Exchange } from '../src/exchange.ts'
import { Freshness } from '../src/freshness.ts'
import type { Platform } from '../src/platform/platform.ts'
import { Standings } from '../src/standings.ts'
import { timer } from '../src/timer.ts'

type Told = Pick<Standing, 'status' | 'score' | 'tier' | 'confidence'>

const ACTIVE: Told = { status: 'active', score: 700, tier: 'trusted', confidence: 700 }
export const UNKNOWN: Told = { status: 'unknown', score: 300, tier: 'probation', confidence: 0 }
export const REVOKED: Told = { status: 'revoked', score: 0, tier: 'untrusted', confidence: 1000 }
export const SUSPENDED: Told = { ...REVOKED, status: 'suspended' }

/** A node without a wire, for one agent: it answers what it is asked by what a test says of everybody. */
export class AskedNode {
  nowMs: number = systemClock.now()
  epoch = 1
  /** Active where nothing is said. */
  readonly people: Map<Did, Told & { readonly epoch?: number }> = new Map()
  readonly voided: Set<StatementId> = new Set()
  /** How long ago members attested what it knows, in ms. */
  attested: readonly number[] = [0]
  readonly asked: Frame[] = []
  isSilent = false
  /** What comes right behind a status, in the same message. */
  behind: () => void = () => {}
  readonly standings: Standings = new Standings()
  /** How often what has been used was opened, and closed. */
  opened = 0
  closed = 0
  readonly platform: Platform
  readonly exchange: Exchange
  readonly freshness: Freshness

  constructor() {
    const clock: Clock = { now: () => this.nowMs, monotonic: () => this.nowMs }
    this.platform = {
      clock,
      after: timer,
      random: systemRandom,
      keyPair: generateKeyPair,
      log: { info: () => {}, warn: () => {} },
      connect: () => {
        throw new Error('not needed')
      },
      readJoinFile: async () => null,
      invitation: () => null,
      openKept: () => Promise.reject(new Error('not needed')),
      openUses: async () => {
        this.opened++
        const close = async () => void this.closed++
        return { replayWindow: new MemoryReplayWindow(), useCounters: new MemoryUseCounters(), close }
      },
    }
    const push = (frame: Frame) => {
      this.asked.push(frame)
      queueMicrotask(() => {
        if (!this.isSilent) for (const answer of this.answersTo(frame)) this.#say(answer)
      })
      return 'sent' as const
    }
    this.exchange = new Exchange({ isOnline: true, push }, this.platform)
    this.freshness = new Freshness({ platform: this.platform, exchange: this.exchange })
  }

  get lookups(): FrameOf<'lookup'>[] {
    return this.asked.filter((frame) => frame.type === 'lookup')
  }

  /** Tells the agent what is held of somebody. */
  tell(did: Did, ctx?: string): void {
    this.#say(this.standingOf(did, ctx))
  }

  /** Something has changed, of which the agent hears. */
  move(): void {
    this.standings.hear(++this.epoch)
  }

  standingOf(did: Did, ctx = ''): FrameOf<'standing'> {
    const told = { ...ACTIVE, epoch: this.epoch, ...this.people.get(did) }
    return { type: 'standing', did: keyOf(did), ...(ctx !== '' && { ctx }), ...told }
  }

  answersTo(frame: Frame): Frame[] {
    if (frame.type === 'statement') return [{ type: 'ack', re: sha256(frame.bytes) }]
    if (frame.type === 'query') return [this.standingOf(didOf(frame.did), frame.ctx)]
    if (frame.type !== 'lookup') return []
    const standings = frame.dids.map((did) => this.standingOf(didOf(did), frame.ctx))
    const revoked = frame.links.map(([, id]) => id).filter((id) => this.voided.has(bytesToHex(id) as StatementId))
    return [...standings, { type: 'status', re: frame.id, epoch: this.epoch, void: revoked, fresh: [...this.attested] }]
  }

  #say(frame: Frame): void {
    if (frame.type === 'standing') {
      this.standings.learn(frame)
      this.exchange.answered(frame.did, frame)
    } else if (frame.type === 'status') {
      this.standings.hear(frame.epoch)
      this.exchange.answered(frame.re, frame)
      this.behind()
    } else if (frame.type === 'ack') this.exchange.acknowledged(frame)
  }
}
