/** What a replica holds, so that two of them find out cheaply where they differ: `docs/spec/replication.md`, RE-10 to RE-12. */

import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { sha256 } from '@trustmesh/identity'
import { DAY_NIBBLES, KEY_LENGTH, nibbleAt } from './key.ts'
import { KeySlab } from './key-slab.ts'

/** What there is under a prefix. */
export interface Range {
  readonly count: number
  /** 32 bytes that stand for all of its keys; zeros where there are none. */
  readonly fingerprint: Uint8Array
}

/** Keys that a range has at most before its fingerprint is made of those of its sixteen parts. */
const LEAF_KEYS = 16
const PRINT_LENGTH = 32
const LABEL = utf8ToBytes('TrustMesh/v1 range')
/** What is hashed begins with what it is made of, so that no keys pass for fingerprints (threat A6). */
const OF_KEYS = concatBytes(LABEL, Uint8Array.of(0))
const OF_PARTS = concatBytes(LABEL, Uint8Array.of(1))
const ALL = new Uint8Array()

/** The places of at most sixteen keys, in the order of the keys. */
type Leaf = readonly number[]
type Node = Branch | Leaf
const NONE: Leaf = []

/** More keys than a leaf has, by their next nibble. */
class Branch {
  count = 0
  readonly parts: Node[] = new Array<Node>(16).fill(NONE)
  /** The fingerprints of the parts. */
  readonly prints: Uint8Array = new Uint8Array(16 * PRINT_LENGTH)
  /** A bit for each part whose fingerprint is not known any more. */
  stale = 0

  part(nibble: number): Node {
    return this.parts[nibble] as Node
  }

  /** Puts a part in its place; `change` is by how many keys the branch grows. */
  put(nibble: number, part: Node, change: number): void {
    this.count += change
    this.parts[nibble] = part
    this.stale |= 1 << nibble
  }
}

/**
 * A set of keys. The fingerprint of a range is a function of the keys in it, whatever came and went before, and nobody finds
 * two sets of one fingerprint. A change costs as many hashes as the tree is deep, and those not before somebody asks.
 */
export class KeyTree {
  readonly #slab = new KeySlab()
  #root: Node = NONE

  get size(): number {
    return sizeOf(this.#root)
  }

  has(key: Uint8Array): boolean {
    return this.#placeOf(key) !== undefined
  }

  /** Whether it was not there. Throws `RangeError` for what is no key. */
  add(key: Uint8Array): boolean {
    if (key.length !== KEY_LENGTH) throw new RangeError('not a key')
    if (this.has(key)) return false
    this.#root = this.#with(this.#root, this.#slab.put(key), key, 0)
    return true
  }

  /** Whether it was there. */
  delete(key: Uint8Array): boolean {
    const place = this.#placeOf(key)
    if (place === undefined) return false
    this.#root = this.#without(this.#root, place, key, 0)
    this.#slab.free(place)
    return true
  }

  /** What there is under a prefix of nibbles, one a byte, from a day on. */
  range(prefix: Uint8Array = ALL, horizon = 0): Range {
    const { node, parent, from } = this.#under(prefix, horizon)
    if (node instanceof Branch && from === 0) {
      const fingerprint = parent ? this.#printIn(parent, prefix[prefix.length - 1] as number) : this.#print(node)
      return { count: node.count, fingerprint: fingerprint.slice() }
    }
    return this.#rangeFrom(node, from, prefix.length)
  }

  /** The keys under a prefix from a day on, in their order. The tree must not change meanwhile. */
  *keys(prefix: Uint8Array = ALL, horizon = 0): Generator<Uint8Array> {
    const { node, from } = this.#under(prefix, horizon)
    for (const place of this.#places(node, from, prefix.length)) yield this.#slab.at(place).slice()
  }

  /** The key that has so many before it; or `null`. */
  at(index: number): Uint8Array | null {
    let node = this.#root
    let before = 0
    for (let nibble = 0; node instanceof Branch; ) {
      const part = node.parts[nibble]
      if (!part) return null
      if (index < before + sizeOf(part)) {
        node = part
        nibble = 0
      } else {
        before += sizeOf(part)
        nibble++
      }
    }
    const place = node[index - before]
    return place === undefined ? null : this.#slab.at(place).slice()
  }

  #placeOf(key: Uint8Array): number | undefined {
    let node = this.#root
    for (let depth = 0; node instanceof Branch; depth++) node = node.part(nibbleAt(key, depth))
    return node.find((place) => this.#slab.compare(place, key) === 0)
  }

  #with(node: Node, place: number, key: Uint8Array, depth: number): Node {
    if (node instanceof Branch) {
      const nibble = nibbleAt(key, depth)
      node.put(nibble, this.#with(node.part(nibble), place, key, depth + 1), 1)
      return node
    }
    const after = node.findIndex((each) => this.#slab.compare(each, key) > 0)
    return this.#formed(node.toSpliced(after === -1 ? node.length : after, 0, place), depth)
  }

  #without(node: Node, place: number, key: Uint8Array, depth: number): Node {
    if (!(node instanceof Branch)) return node.filter((each) => each !== place)
    const nibble = nibbleAt(key, depth)
    node.put(nibble, this.#without(node.part(nibble), place, key, depth + 1), -1)
    // As if it had never had more: the shape has to follow from the keys alone.
    return node.count > LEAF_KEYS ? node : [...this.#places(node, 0, depth)]
  }

  /** The shape that so many keys have. */
  #formed(places: Leaf, depth: number): Node {
    if (places.length <= LEAF_KEYS) return places
    const branch = new Branch()
    for (let nibble = 0; nibble < 16; nibble++) {
      const part = places.filter((place) => this.#slab.nibble(place, depth) === nibble)
      if (part.length > 0) branch.put(nibble, this.#formed(part, depth + 1), part.length)
    }
    return branch
  }

  /** What is under a prefix; and the day from which on it counts, which is 0 where all of it does. */
  #under(prefix: Uint8Array, horizon: number): { node: Node; parent: Branch | null; from: number } {
    const nothing = { node: NONE, parent: null, from: 0 }
    let [node, parent, from]: [Node, Branch | null, number] = [this.#root, null, horizon]
    for (const [depth, nibble] of prefix.entries()) {
      const edge = nibbleOfDay(from, depth)
      if (nibble < edge) return nothing
      if (nibble > edge) from = 0
      if (node instanceof Branch) [node, parent] = [node.part(nibble), node]
      else node = node.filter((place) => this.#slab.nibble(place, depth) === nibble)
    }
    return { node, parent, from: prefix.length < DAY_NIBBLES ? from : 0 }
  }

  #rangeFrom(node: Node, day: number, depth: number): Range {
    const count = this.#countFrom(node, day, depth)
    if (count === sizeOf(node)) return { count, fingerprint: this.#print(node) }
    if (count <= LEAF_KEYS || !(node instanceof Branch)) {
      return { count, fingerprint: this.#print([...this.#places(node, day, depth)]) }
    }
    const edge = nibbleOfDay(day, depth)
    const prints = this.#printsOf(node)
      .slice()
      .fill(0, 0, edge * PRINT_LENGTH)
    prints.set(this.#rangeFrom(node.part(edge), day, depth + 1).fingerprint, edge * PRINT_LENGTH)
    return { count, fingerprint: printOf(prints) }
  }

  #countFrom(node: Node, day: number, depth: number): number {
    if (!(node instanceof Branch)) return node.filter((place) => this.#slab.day(place) >= day).length
    if (depth >= DAY_NIBBLES) return node.count
    const edge = nibbleOfDay(day, depth)
    let count = this.#countFrom(node.part(edge), day, depth + 1)
    for (let nibble = edge + 1; nibble < 16; nibble++) count += sizeOf(node.part(nibble))
    return count
  }

  *#places(node: Node, day: number, depth: number): Generator<number> {
    if (!(node instanceof Branch)) {
      for (const place of node) if (this.#slab.day(place) >= day) yield place
      return
    }
    const edge = nibbleOfDay(day, depth)
    for (let nibble = edge; nibble < 16; nibble++) {
      yield* this.#places(node.part(nibble), nibble === edge ? day : 0, depth + 1)
    }
  }

  #print(node: Node): Uint8Array {
    if (node instanceof Branch) return printOf(this.#printsOf(node))
    if (node.length === 0) return new Uint8Array(PRINT_LENGTH)
    const document = new Uint8Array(OF_KEYS.length + node.length * KEY_LENGTH)
    document.set(OF_KEYS)
    for (const [i, place] of node.entries()) document.set(this.#slab.at(place), OF_KEYS.length + i * KEY_LENGTH)
    return sha256(document)
  }

  #printsOf(branch: Branch): Uint8Array {
    for (let nibble = 0; branch.stale !== 0; nibble++) this.#printIn(branch, nibble)
    return branch.prints
  }

  /** The fingerprint of a part: a view. */
  #printIn(branch: Branch, nibble: number): Uint8Array {
    const start = nibble * PRINT_LENGTH
    if (branch.stale & (1 << nibble)) {
      branch.prints.set(this.#print(branch.part(nibble)), start)
      branch.stale &= ~(1 << nibble)
    }
    return branch.prints.subarray(start, start + PRINT_LENGTH)
  }
}

function printOf(parts: Uint8Array): Uint8Array {
  return sha256(concatBytes(OF_PARTS, parts))
}

function sizeOf(node: Node): number {
  return node instanceof Branch ? node.count : node.length
}

/** The nibble of a day at a depth; 0 below it. */
function nibbleOfDay(day: number, depth: number): number {
  return depth < DAY_NIBBLES ? (day >> (4 * (DAY_NIBBLES - 1 - depth))) & 0x0f : 0
}
