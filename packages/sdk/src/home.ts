import type { Identity } from '@trustmesh/identity'
import { type Established, type Frame, LIMITS, type Ticket } from '@trustmesh/protocol'
import { issueLease, parseLease } from '@trustmesh/trust/agent'
import { Connection, type Pushed } from './connection.ts'
import type { JoinConfig } from './join-config.ts'
import type { Platform } from './platform/platform.ts'
import { BACKOFF, type BackoffOptions, backoffMs } from './reconnect.ts'
import type { CancelTimer } from './timer.ts'

export interface HomeOptions {
  readonly config: JoinConfig
  readonly identity: Identity
  readonly platform: Platform
  readonly backoff: BackoffOptions
  readonly online: () => void
  readonly received: (frame: Frame) => void
  /** The connection is lost; another attempt follows. */
  readonly offline: () => void
  /** When it follows, in ms. */
  readonly retrying: (ms: number) => void
  /** An attempt begins. */
  readonly connecting: () => void
  /** There will be no other attempt. */
  readonly ended: (reason: HomeEnd) => void
}

/** Why an agent is out of the mesh for good: it left, it is revoked, or the same identity joined elsewhere. */
export type HomeEnd = 'closed' | 'revoked' | 'superseded'

/** A third of the life of a lease. */
const RENEW_MS = 10 * 86_400_000

/** What a page may take to load what looks at a revocation, in ms. */
const HEED_MS = 1_000

/** An agent's way into the mesh: one connection to its node at any time, and another whenever that is gone. */
export class Home {
  readonly #options: HomeOptions
  #connection: Connection | undefined
  #ticket: (Ticket & { readonly id: Uint8Array; readonly until: number }) | undefined
  #attempt = 0
  #leaseSeq = -1
  /** When the session of this connection began: monotonic, in ms. */
  #onlineAt = Number.POSITIVE_INFINITY
  #end: HomeEnd | undefined
  /** A node has said that this agent is revoked, and whether that is true is being looked at. */
  #isHeeding = false
  #cancelRetry: CancelTimer = () => {}
  #cancelRenewal: CancelTimer = () => {}

  constructor(options: HomeOptions) {
    this.#options = options
  }

  get isOnline(): boolean {
    return this.#connection?.isOnline ?? false
  }

  /** Whether a message for another agent can be put in line: as much again has to find room. */
  get hasRoom(): boolean {
    return this.#connection?.hasRoom ?? false
  }

  connect(): void {
    const { config, identity, platform, connecting, offline } = this.#options
    const ticket = this.#ticket && this.#ticket.until > platform.clock.monotonic() ? this.#ticket : undefined
    this.#onlineAt = Number.POSITIVE_INFINITY
    connecting()
    this.#connection = new Connection({
      config,
      identity,
      platform,
      ticket,
      attachments: () => this.#attachments(),
      reached: () => {
        this.#ticket = undefined
      },
      online: (established) => this.#online(established),
      refused: ({ refusal, proof }) => {
        if (refusal === 'revoked') void this.#heed(proof).catch(() => {})
      },
      received: (frame) => this.#received(frame),
      offline,
      closed: () => this.#lost(),
    })
  }

  /** Puts a frame in line. */
  push(frame: Frame): Pushed {
    return this.#connection?.push(frame) ?? 'offline'
  }

  close(reason: HomeEnd = 'closed'): void {
    if (this.#end) return
    this.#end = reason
    this.#cancelRetry()
    this.#cancelRenewal()
    // First, so that whoever waits learns why there will be no answer, and not merely that the connection is gone.
    this.#options.ended(reason)
    this.#connection?.close()
  }

  /** Above all a lease: by it the agent is found from every node, and its place before is given up. */
  async #attachments(): Promise<readonly Uint8Array[]> {
    return [await this.#lease(), ...(this.#options.config.shown ?? [])]
  }

  async #lease(): Promise<Uint8Array> {
    const { config, identity, platform } = this.#options
    const { net, node } = config
    const { clock, random } = platform
    const lease = await issueLease(identity, { node, previousSeq: this.#leaseSeq }, { net, clock, random })
    this.#leaseSeq = Math.max(this.#leaseSeq, parseLease(lease).seq)
    return lease.bytes
  }

  /** A session may last longer than a lease; what fails is tried again with the next one, which is in time as well. */
  #renewLease(): void {
    this.#cancelRenewal()
    this.#cancelRenewal = this.#options.platform.after(RENEW_MS, () => {
      this.#lease().then(
        (bytes) => this.push({ type: 'statement', bytes }),
        () => {},
      )
      this.#renewLease()
    })
  }

  #online({ welcome, secrets, peer, purpose }: Established): void {
    const at = this.#options.platform.clock.monotonic()
    if (welcome.ticket) {
      const { id, ttlMs } = welcome.ticket
      this.#ticket = { id, secret: secrets.resumption, peer, purpose, until: at + Math.min(ttlMs, LIMITS.ticketMs) }
    }
    this.#onlineAt = at
    this.#renewLease()
    this.#options.online()
  }

  #received(frame: Frame): void {
    if (frame.type === 'notice' && frame.code === 'revoked') void this.#heed(frame.proof).catch(() => {})
    if (frame.type !== 'close') return this.#options.received(frame)
    if (frame.code === 'session.superseded') return this.close('superseded')
    this.#connection?.leave('session.closed')
  }

  /** Only a revocation that this agent verified itself ends it: a node that merely says so is left and tried again. */
  async #heed(proof: readonly Uint8Array[]): Promise<void> {
    const { config, identity } = this.#options
    this.#isHeeding = true
    try {
      const { isRevokedBy } = await import('./revocation-proof.ts')
      if (isRevokedBy(proof, identity.did, config)) this.close('revoked')
    } finally {
      this.#isHeeding = false
    }
  }

  #lost(): void {
    this.#connection = undefined
    this.#cancelRenewal()
    if (this.#end) return
    const { platform, backoff, retrying } = this.#options
    // A node that lets agents in only to drop them is not come back to faster than one that does not answer.
    const settledMs = Math.min(backoff.capMs, BACKOFF.capMs)
    if (platform.clock.monotonic() - this.#onlineAt > settledMs) this.#attempt = 0
    const ms = backoffMs(this.#attempt++, platform.random, backoff)
    retrying(ms)
    this.#retry(ms)
  }

  /** Once, for a moment, it waits for what is being looked at: that may end all trying. */
  #retry(ms: number): void {
    this.#cancelRetry = this.#options.platform.after(ms, () => {
      if (!this.#isHeeding) return this.connect()
      this.#isHeeding = false
      this.#retry(HEED_MS)
    })
  }
}
