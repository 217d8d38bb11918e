import type { Did } from '@trustmesh/identity'

/** Whoever has said that it offers a capability, by capability, in order. */
export class Offers {
  /** Sorted; of whoever has said it twice, twice. */
  readonly #by = new Map<string, Did[]>()

  add(did: Did, capabilities: Iterable<string>): void {
    for (const can of new Set(capabilities)) {
      const dids = this.#by.get(can) ?? []
      dids.splice(placeOf(dids, did), 0, did)
      this.#by.set(can, dids)
    }
  }

  remove(did: Did, capabilities: Iterable<string>): void {
    for (const can of new Set(capabilities)) {
      const dids = this.#by.get(can) ?? []
      dids.splice(placeOf(dids, did), 1)
      if (dids.length === 0) this.#by.delete(can)
    }
  }

  /** The first so many Dids behind one that offer a capability or one above it. */
  of(can: string, most: number, after?: Did): Did[] {
    const found: Did[] = []
    for (const granted of withAllAbove(can)) {
      const dids = this.#by.get(granted) ?? []
      const seen = new Set<Did>()
      for (let i = after === undefined ? 0 : placeOf(dids, after); i < dids.length && seen.size < most; i++) {
        const did = dids[i] as Did
        if (did !== after) seen.add(did)
      }
      found.push(...seen)
    }
    return [...new Set(found)].sort().slice(0, most)
  }
}

/** Where the first one stands that is not before it. */
function placeOf(dids: readonly Did[], did: Did): number {
  let [from, to] = [0, dids.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((dids[middle] as Did) < did) from = middle + 1
    else to = middle
  }
  return from
}

/** A capability, then all that cover it: `/a/b`, `/a`. */
function withAllAbove(can: string): string[] {
  const found: string[] = []
  for (let end = can.length; end > 0; end = can.lastIndexOf('/', end - 1)) found.push(can.slice(0, end))
  return found
}
