import { sha256Hex } from '@trustmesh/identity'
import type { Delegation } from '../statements/delegation.ts'

/**
 * Links that have been opened and verified, by SHA-256 of the exact bytes (threat I13): so what is remembered is that
 * this envelope is sound, and nothing of what changes. Bounded; the one that was not asked for longest goes first.
 */
export class LinkCache {
  readonly #links = new Map<string, Delegation>()
  readonly #capacity: number

  /** `capacity`: how many links, 4,096 unless told otherwise; at most 4 KiB each. */
  constructor(capacity = 4096) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#links.size
  }

  /** The link in an envelope, if it is known. */
  get(key: string): Delegation | undefined {
    const link = this.#links.get(key)
    if (!link) return undefined
    this.#links.delete(key)
    this.#links.set(key, link)
    return link
  }

  /** Remembers a link whose signature has been verified. */
  put(key: string, link: Delegation): void {
    this.#links.set(key, link)
    if (this.#links.size <= this.#capacity) return
    const [oldest] = this.#links.keys()
    if (oldest !== undefined) this.#links.delete(oldest)
  }
}

/** What an envelope is remembered by. */
export function linkKey(bytes: Uint8Array): string {
  return sha256Hex(bytes)
}
