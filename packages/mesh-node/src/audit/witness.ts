import {
  AuditError,
  type Checkpoint,
  isKeyOf,
  isSameHash,
  issueCosignature,
  LOG,
  openChain,
  parseCheckpoint,
  verifyConsistency,
  WITNESS,
} from '@trustmesh/audit'
import type { Clock, Did } from '@trustmesh/identity'
import { type FrameOf, ProtocolError } from '@trustmesh/protocol'
import type { AuditLink } from './exchange.ts'
import { Hearsay } from './hearsay.ts'
import type { AuditLog } from './log.ts'
import type { LogKeys } from './log-keys.ts'
import { Memo } from './memo.ts'
import type { Witnessed } from './witnessed.ts'

export interface WitnessOptions {
  readonly net: Uint8Array
  readonly keys: LogKeys
  readonly witnessed: Witnessed
  /** The other nodes of the mesh; `null` while it is not known who they are. */
  readonly members: () => readonly Did[] | null
  /** Where it is said that somebody's log is not what it was. */
  readonly audit: AuditLog
  readonly clock: Clock
}

/** What is wrong with somebody's log. */
type Fork = 'audit.replaced' | 'audit.rewritten' | 'audit.rolled-back' | 'audit.split-view'

/** How often what was confirmed of one log is handed on. */
const HAND_ON_MS = 10_000
/** Notes and links that were read lately: what one shows comes from all others as well. */
const MAX_READ = 512
/** Checkpoints of one log that it has confirmed lately: the others are some of them behind, or ahead. */
const MAX_LATELY = 16

/**
 * The part of a node that confirms the logs of others (threats A3, A4, A5): a log that goes on from what this node has confirmed
 * of it before, and from what others say that they have. Whatever contradicts that is told, and not confirmed.
 */
export class Witness {
  readonly #options: WitnessOptions
  #links: Iterable<AuditLink> = []
  readonly #hearsay = new Hearsay()
  readonly #checkpoints = new Memo(parseCheckpoint, MAX_READ)
  readonly #keyLinks = new Memo((envelope) => openChain([Buffer.from(envelope, 'base64')]), MAX_READ)
  /** Of each log, by its size: what this node has confirmed lately. */
  readonly #lately = new Map<Did, Map<number, Checkpoint>>()
  /** Who has told all that they have confirmed. */
  readonly #tellers = new Set<Did>()
  /** What each member's log was shown to be and is not confirmed: it goes on from the last that is, and is to go on from what others say. */
  readonly #shown = new Map<Did, Checkpoint>()
  /** What is answered next, of each member to whom an answer is being made. */
  readonly #next = new Map<Did, (() => Promise<void>) | null>()
  readonly #handedOn = new Map<Did, number>()
  /** What was told of each member last, so that it is told once. */
  readonly #told = new Map<Did, string>()

  constructor(options: WitnessOptions) {
    this.#options = options
  }

  start(links: Iterable<AuditLink>): void {
    this.#links = links
  }

  /** Whoever comes is told what this node has confirmed of others. */
  greet(link: AuditLink): void {
    for (const { note } of this.#options.witnessed.all) link.push({ type: 'witnessed', note: Buffer.from(note) })
  }

  /** Answers a checkpoint of the other's own log, the latest next. Throws {@link ProtocolError} `frame.malformed`. */
  take({ note, link: envelope, old, proof }: FrameOf<'checkpoint'>, link: AuditLink): void {
    const { did: member } = link
    const shown = this.#read(note)
    // Whatever it has confirmed it has told ahead of that (AU-53).
    this.#tellers.add(member)
    // Nothing to hold against the other: it may be this clock that is wrong (threat O5).
    if (!this.#isLogOf(member, shown.head.origin, envelope)) return
    const isBusy = this.#next.has(member)
    this.#next.set(member, async () => {
      const reply = await this.#judge(member, shown, old, proof)
      if (link.isOpen) link.push({ type: 'cosigned', size: shown.head.size, ...reply })
    })
    if (!isBusy) void this.#answer(member)
  }

  async #answer(member: Did): Promise<void> {
    for (let next = this.#next.get(member); next; next = this.#next.get(member)) {
      this.#next.set(member, null)
      // Where what is confirmed cannot be kept, nothing is.
      await next().catch(() => {})
    }
    this.#next.delete(member)
  }

  /** Another has confirmed this of a member's log. */
  hear({ note }: FrameOf<'witnessed'>, { did: teller }: AuditLink): void {
    const heard = this.#read(note)
    const { origin, size, root } = heard.head
    const { witnessed } = this.#options
    const member = witnessed.memberOf(origin)
    const last = member && witnessed.of(member, origin)
    const own = last?.head.size === size ? last : this.#lately.get(origin)?.get(size)
    if (!own) this.#hearsay.take(heard, teller)
    else if (!isSameHash(root, own.head.root)) this.#tell('audit.split-view', member as Did, heard)
  }

  async #judge(
    member: Did,
    shown: Checkpoint,
    old: number,
    proof: readonly Uint8Array[],
  ): Promise<Omit<FrameOf<'cosigned'>, 'type' | 'size'>> {
    const { witnessed } = this.#options
    const { origin } = shown.head
    const own = this.#ownOf(member, shown)
    if (own) {
      const fork = contradiction(own, shown, old, proof, 'audit.rewritten')
      if (fork) return this.#refuse(fork, member, shown, own)
      if (!goesOn(own, shown, old)) return { known: Buffer.from(own.note) }
    }
    this.#shown.set(member, shown)
    for (const heard of this.#hearsay.before(shown)) {
      const fork = contradiction(heard, shown, old, proof, 'audit.split-view')
      if (fork) return this.#refuse(fork, member, shown, heard)
      if (!goesOn(heard, shown, old)) return { known: Buffer.from(heard.note) }
      this.#hearsay.settle(heard)
    }
    if (witnessed.isForgotten(origin) && !this.#isInformed()) return {}
    await witnessed.set(member, shown)
    this.#remember(shown)
    this.#shown.delete(member)
    this.#handOn(member, shown)
    return await this.#confirm(shown)
  }

  /**
   * Whether half of the mesh, this node counted, has told what it has confirmed. Of those by which a log can have been confirmed by
   * more than half, this node among them, there is one more then that has told so.
   */
  #isInformed(): boolean {
    const others = this.#options.members()
    if (!others) return false
    const informed = others.filter((did) => this.#tellers.has(did)).length
    return 2 * informed >= others.length + 1
  }

  /** What was confirmed of this log before. Another log in its place is told: its history is gone. */
  #ownOf(member: Did, shown: Checkpoint): Checkpoint | undefined {
    const { witnessed } = this.#options
    const latest = witnessed.of(member)
    if (latest && latest.head.origin !== shown.head.origin) this.#tell('audit.replaced', member, latest)
    const last = this.#shown.get(member)
    return last?.head.origin === shown.head.origin ? last : witnessed.of(member, shown.head.origin)
  }

  #remember(shown: Checkpoint): void {
    const { origin, size } = shown.head
    const lately = this.#lately.get(origin) ?? new Map<number, Checkpoint>()
    this.#lately.set(origin, lately.set(size, shown))
    const [oldest] = lately.keys()
    if (lately.size > MAX_LATELY) lately.delete(oldest as number)
  }

  async #confirm({ head }: Checkpoint): Promise<{ line: Uint8Array; link: Uint8Array }> {
    const { keys, clock } = this.#options
    const line = await issueCosignature(keys.witness, head, Math.floor(clock.now() / 1000))
    return { line: Buffer.from(line), link: await keys.linkTo(WITNESS) }
  }

  #refuse(code: Fork, member: Did, shown: Checkpoint, known: Checkpoint): { known: Uint8Array } {
    this.#tell(code, member, shown)
    return { known: Buffer.from(known.note) }
  }

  #tell(code: Fork, member: Did, { head }: Checkpoint): void {
    const what = `${code} ${head.origin}`
    if (this.#told.get(member) === what) return
    this.#told.set(member, what)
    this.#options.audit.record({ event: 'audit.fork', code, did: member, detail: { size: head.size } })
  }

  #handOn(member: Did, { note }: Checkpoint): void {
    const now = this.#options.clock.monotonic()
    if (now < (this.#handedOn.get(member) ?? Number.NEGATIVE_INFINITY) + HAND_ON_MS) return
    this.#handedOn.set(member, now)
    for (const link of this.#links) if (link.did !== member) link.push({ type: 'witnessed', note: Buffer.from(note) })
  }

  #read(note: Uint8Array): Checkpoint {
    return orMalformed(() => this.#checkpoints.of(Buffer.from(note).toString()))
  }

  #isLogOf(member: Did, key: Did, envelope: Uint8Array): boolean {
    const { net, clock } = this.#options
    const [link] = orMalformed(() => this.#keyLinks.of(Buffer.from(envelope).toString('base64')))
    return link !== undefined && isKeyOf(member, { key, can: LOG, link, net }, clock.now())
  }
}

/** How a checkpoint contradicts one that there was before, where it can be told from what was shown. */
function contradiction(
  { head: before }: Checkpoint,
  { head }: Checkpoint,
  old: number,
  proof: readonly Uint8Array[],
  code: 'audit.rewritten' | 'audit.split-view',
): Fork | null {
  if (head.size < before.size) return 'audit.rolled-back'
  if (head.size === before.size) return isSameHash(head.root, before.root) ? null : code
  return old === before.size && !verifyConsistency(before, head, proof) ? code : null
}

/** Whether it was shown to go on from the one before, where it does not contradict it. */
function goesOn({ head: before }: Checkpoint, { head }: Checkpoint, old: number): boolean {
  return head.size === before.size || old === before.size
}

function orMalformed<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof AuditError) throw new ProtocolError('frame.malformed')
    throw error
  }
}
