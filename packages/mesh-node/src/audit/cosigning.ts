import {
  AuditError,
  type Checkpoint,
  isKeyOf,
  isSameHash,
  LOG,
  openChain,
  parseCheckpoint,
  WITNESS,
} from '@trustmesh/audit'
import { type Clock, type Did, isDid } from '@trustmesh/identity'
import type { FrameOf } from '@trustmesh/protocol'
import type { AuditLink } from './exchange.ts'
import type { FileAuditLog } from './file.ts'
import type { AuditLog } from './log.ts'
import type { LogKeys } from './log-keys.ts'
import { Memo } from './memo.ts'

export interface CosigningOptions {
  readonly net: Uint8Array
  readonly log: FileAuditLog
  readonly keys: LogKeys
  /** Where it is said that this log is not what it was. */
  readonly audit: AuditLog
  readonly clock: Clock
}

/** Links to the keys of others that were read lately: each sends its own with every answer. */
const MAX_READ = 512

/** The part of a node that has others confirm its own log. */
export class Cosigning {
  readonly #options: CosigningOptions
  /** What each has last confirmed, as far as this node knows: the log has to be shown to go on from there. */
  readonly #known = new Map<AuditLink, number>()
  readonly #chains = new Map<Did, Uint8Array>()
  readonly #keyLinks = new Memo((envelope) => openChain([Buffer.from(envelope, 'base64')]), MAX_READ)
  /** The checkpoint that each has last confirmed, by its size: one line is enough, so that there is room for those of all. */
  readonly #confirmedAt = new Map<Did, number>()

  constructor(options: CosigningOptions) {
    this.#options = options
  }

  /** Shows every new checkpoint over these links. */
  start(links: ReadonlySet<AuditLink>): void {
    const show = (checkpoint: Checkpoint): void => {
      for (const link of links) this.#try(this.#show(checkpoint, link))
    }
    this.#options.log.publish(show, () => links.size)
  }

  greet(link: AuditLink): void {
    const note = this.#options.log.checkpoint()
    if (note) this.#try(this.#show(parseCheckpoint(note), link))
  }

  lost(link: AuditLink): void {
    this.#known.delete(link)
  }

  /** The links by which those who have confirmed have their keys, by their nodes. */
  get witnesses(): ReadonlyMap<Did, Uint8Array> {
    return this.#chains
  }

  answered({ size, line, link: key, known }: FrameOf<'cosigned'>, link: AuditLink): void {
    try {
      if (line && key) this.#confirmed(size, text(line), key, link)
      if (known) this.#try(this.#challenged(parseCheckpoint(text(known)), link))
    } catch (error) {
      // It is not for us to say what others make of our log; what is no cosignature of it is of no use.
      if (!(error instanceof AuditError)) throw error
    }
  }

  /** What cannot be read cannot be shown: the log says so itself, and nobody confirms it. */
  #try(showing: Promise<void>): void {
    showing.catch(() => {})
  }

  async #show({ head, note }: Checkpoint, link: AuditLink): Promise<void> {
    const { log, keys } = this.#options
    const old = Math.min(this.#known.get(link) ?? 0, head.size)
    const [proof, key] = await Promise.all([log.consistencyProof(old, head.size), keys.linkTo(LOG)])
    const own = note.split('\n').slice(0, 5).join('\n')
    if (link.isOpen) link.push({ type: 'checkpoint', note: Buffer.from(`${own}\n`), link: key, old, proof: [...proof] })
  }

  #confirmed(size: number, line: string, envelope: Uint8Array, link: AuditLink): void {
    const { net, log, clock } = this.#options
    const key = line.split(' ')[1]
    const [delegation] = this.#keyLinks.of(Buffer.from(envelope).toString('base64'))
    if (!isDid(key) || !delegation) return
    if (!isKeyOf(link.did, { key, can: WITNESS, link: delegation, net }, clock.now())) return
    if (this.#confirmedAt.get(link.did) === size) return
    log.cosigned(size, line)
    this.#confirmedAt.set(link.did, size)
    this.#known.set(link, size)
    this.#chains.set(link.did, envelope)
  }

  /** A checkpoint that this log has signed is not taken back (threat A3): either the log goes on from there, or it is not what it was. */
  async #challenged({ head }: Checkpoint, link: AuditLink): Promise<void> {
    const { log } = this.#options
    if (head.origin !== log.origin) return
    const root = await log.rootAt(head.size)
    if (!root || !isSameHash(root, head.root))
      this.#lost(root ? 'audit.rewritten' : 'audit.rolled-back', head.size, link)
    const wasShown = this.#known.get(link) === head.size
    this.#known.set(link, head.size)
    // Also where it will not hold: the other shall know as well.
    if (!wasShown && root) await this.#show(parseCheckpoint(log.checkpoint()), link)
  }

  #lost(code: 'audit.rewritten' | 'audit.rolled-back', known: number, { did }: AuditLink): void {
    const { log, audit } = this.#options
    if (!log.isDoubted) audit.record({ event: 'audit.fork', code, did, detail: { size: log.size, known } })
    log.doubt()
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}
