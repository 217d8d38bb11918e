import type { Did } from '@trustmesh/identity'
import type { Link } from './link.ts'

/**
 * With whom this node is linked. Of two links with one member, because both have dialled, the one stays that the member
 * with the lesser Did has opened, so that both ends keep the same; of two by the same opener the newer.
 */
export class Links {
  readonly #self: Did
  readonly #byDid = new Map<Did, Link>()

  constructor(self: Did) {
    this.#self = self
  }

  get size(): number {
    return this.#byDid.size
  }

  of(did: Did): Link | undefined {
    return this.#byDid.get(did)
  }

  [Symbol.iterator](): IterableIterator<Link> {
    return this.#byDid.values()
  }

  /** Whether the link is the one to keep; the other is closed. */
  add(link: Link): boolean {
    const { did } = link
    const before = this.#byDid.get(did)
    const [lesser] = [did, this.#self].sort()
    if (before && before.opener !== link.opener && before.opener === lesser) {
      link.close('session.superseded')
      return false
    }
    this.#byDid.set(did, link)
    before?.close('session.superseded')
    return true
  }

  /** Takes a link out, if it is the one that is kept. */
  remove(link: Link): boolean {
    return this.#byDid.get(link.did) === link && this.#byDid.delete(link.did)
  }
}
