import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Did } from '@trustmesh/sdk'

const PASS_MS = 60_000
const MAX_HOLDERS = 10_000

/** What HTTP callers show in place of a proof of their own: secrets that are guessed by nobody and do not last. */
export class Passes {
  /** One of each holder, so that nobody can crowd the others out; the oldest first. */
  readonly #passes = new Map<string, { readonly secret: Buffer; readonly until: number }>()

  issue(did: Did): string {
    this.#passes.delete(did)
    const [oldest] = this.#passes.keys()
    if (oldest !== undefined && this.#passes.size === MAX_HOLDERS) this.#passes.delete(oldest)
    const secret = randomBytes(32)
    this.#passes.set(did, { secret, until: Date.now() + PASS_MS })
    return `${did}.${secret.toString('base64url')}`
  }

  /** Whose pass that is, if it is one and still holds. */
  holderOf(text: string): Did | null {
    const [did = '', shown = ''] = text.split('.')
    const pass = this.#passes.get(did)
    const secret = Buffer.from(shown, 'base64url')
    if (!pass || pass.until < Date.now() || secret.length !== pass.secret.length) return null
    return timingSafeEqual(secret, pass.secret) ? (did as Did) : null
  }
}
