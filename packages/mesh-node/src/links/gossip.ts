import { type Did, type Statement, sha256Hex, type Verified } from '@trustmesh/identity'
import { idBytes, statementIdOf } from '@trustmesh/protocol'
import type { Timers } from '../timers.ts'
import type { Local, Taken } from './backbone.ts'
import type { Link } from './link.ts'
import type { Links } from './links.ts'
import { Owed } from './owed.ts'
import { Seen } from './seen.ts'

export interface GossipOptions {
  readonly local: Local
  readonly links: Links
  readonly timers: Timers
  /** Whether two members both say that they are linked with each other. */
  readonly areLinked: (one: Did, other: Did) => boolean
  /** Something came that no honest node sends. */
  readonly fault: (link: Link) => void
}

/** What cuts somebody off: it takes every way that there is, ahead of all else (threats R1, R2). */
const URGENT: ReadonlySet<string> = new Set(['revocation', 'suspension'])
/** Envelopes that are remembered, so that none is opened or passed on twice. */
const MAX_SEEN = 131_072
/** Up to so many links everybody gets the envelope itself. */
const FEW_LINKS = 6
/** Nor is a small one announced: its id would cost a frame as well, and another two follow. */
const SMALL_BYTES = 1_024

/** Carries each new statement over each link at most once, as the bytes that came. What gets lost, reconciliation brings. */
export class Gossip {
  readonly #options: GossipOptions
  readonly #seen = new Seen(MAX_SEEN)
  readonly #owed = new Map<Link, Owed>()

  constructor(options: GossipOptions) {
    this.#options = options
  }

  /** To all members that it does not come from, and that whoever it comes from is not linked with. */
  publish({ id, type, bytes }: Verified<Statement>, from?: Did): void {
    const { links, areLinked } = this.#options
    this.#seen.add(sha256Hex(bytes))
    const isUrgent = URGENT.has(type)
    const hasIt = (did: Did): boolean => from !== undefined && (did === from || (!isUrgent && areLinked(from, did)))
    const targets = [...links].filter(({ did }) => !hasIt(did))
    if (isUrgent) return targets.forEach((link) => void link.push({ type: 'statement', bytes }, true))
    const isSpread = targets.length > FEW_LINKS && bytes.length > SMALL_BYTES
    const bodies = isSpread ? chosen(targets, id) : targets
    for (const link of targets) {
      if (!link.hasRoom()) continue
      if (bodies.includes(link)) link.push({ type: 'statement', bytes })
      else link.announce(idBytes(id))
    }
  }

  /** Hands on what is not known yet, to be opened. */
  async take(envelopes: readonly Uint8Array[], link: Link): Promise<readonly Taken[]> {
    const { local, fault } = this.#options
    const keys: string[] = []
    const unseen = envelopes.filter((bytes) => {
      const key = sha256Hex(bytes)
      const isNew = this.#seen.add(key)
      if (isNew) keys.push(key)
      return isNew
    })
    if (unseen.length === 0) return []
    const taken = await local.take(unseen, link.did)
    for (const [index, { outcome }] of taken.entries()) {
      if (outcome === 'invalid') fault(link)
      // It may find a place another time.
      if (outcome === 'refused') this.#seen.delete(keys[index] as string)
    }
    return taken
  }

  have(ids: readonly Uint8Array[], link: Link): void {
    const { local } = this.#options
    const lacking = ids.filter((id) => !local.has(statementIdOf(id)))
    if (lacking.length > 0) link.askTold(lacking)
  }

  /** Answers as there is room. */
  want(ids: readonly Uint8Array[], link: Link): void {
    const { local, timers } = this.#options
    const owed = this.#owed.get(link) ?? new Owed({ link, timers, bytesOf: (id) => local.bytesOf(id) })
    this.#owed.set(link, owed)
    owed.add(ids.map(statementIdOf))
  }

  lost(link: Link): void {
    this.#owed.get(link)?.stop()
    this.#owed.delete(link)
  }
}

/** As many as the square root, others for each statement, so that no member is always the last to get one. */
function chosen(targets: readonly Link[], id: string): readonly Link[] {
  const start = Number.parseInt(id.slice(0, 8), 16) % targets.length
  const around = [...targets, ...targets].slice(start)
  return around.slice(0, Math.ceil(Math.sqrt(targets.length)))
}
