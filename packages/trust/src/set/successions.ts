import type { Did } from '@trustmesh/identity'
import { hex } from '../fields.ts'
import type { Policy } from '../policy.ts'
import type { Manifest } from '../statements/manifest.ts'
import { commitmentTo, type Rotation } from '../statements/rotation.ts'

/** So many times over is evidence inherited: what a line costs has to have a bound. */
const MAX_LINE = 16

/** That the evidence about `members` may count for another of `ends` now. */
export interface Move {
  readonly members: readonly Did[]
  readonly ends: readonly Did[]
}

/** That one Did succeeds another: the commitment that it would open, and who says so, how often. */
interface Claim {
  readonly opens: string
  readonly by: Map<Did, number>
}

/** What a Did has committed itself to, how often; and how many first manifests it has. */
interface Pledge {
  readonly nexts: Map<string, number>
  firsts: number
}

/**
 * Who succeeds whom. A threshold of authorities settles it. Where they have not, the old key does, to the successor that it
 * committed itself to when it was made (after KERI's pre-rotation): whoever steals it cannot open that commitment, and
 * if he makes another, neither counts (threat I12). Two successors of one Did, or two Dids that one succeeds: nobody does.
 */
export class Successions {
  readonly #policy: Policy
  /** By the old Did, then by the new one. */
  readonly #claims = new Map<Did, Map<Did, Claim>>()
  readonly #pledges = new Map<Did, Pledge>()
  /** Whom each Did has been rotated to, and back. */
  readonly #to = new Map<Did, Did>()
  readonly #from = new Map<Did, Set<Did>>()

  constructor(policy: Policy) {
    this.#policy = policy
  }

  successorOf(did: Did): Did | null {
    const to = this.#to.get(did)
    return to && this.predecessorOf(to) === did ? to : null
  }

  predecessorOf(did: Did): Did | null {
    const [from, rival] = this.#from.get(did) ?? []
    return from && !rival ? from : null
  }

  /** For whom evidence about a Did counts: the last of its successors, itself if it has none; `null` if there is no last one. */
  heirOf(did: Did): Did | null {
    let heir = did
    for (let steps = 0; steps <= MAX_LINE; steps++) {
      const successor = this.successorOf(heir)
      if (!successor) return heir
      heir = successor
    }
    return null
  }

  /** The Dids the evidence about whom counts for this one: itself, and those before it. None if it has been succeeded. */
  lineOf(did: Did): Did[] {
    return this.successorOf(did) ? [] : this.#walk(did, (each) => this.predecessorOf(each))
  }

  /** Enters a rotation that is kept. */
  claim({ iss, from, to, next }: Rotation): Move[] {
    return this.#moving([from, to], () => {
      const claims = this.#claims.get(from) ?? new Map<Did, Claim>()
      const { opens, by } = claims.get(to) ?? { opens: hex(commitmentTo(to)), by: new Map<Did, number>() }
      this.#claims.set(from, claims.set(to, { opens, by: by.set(iss, (by.get(iss) ?? 0) + 1) }))
      count(this.#pledgeOf(to).nexts, hex(next), 1)
    })
  }

  /** Takes out a rotation that is kept no longer. */
  disclaim({ iss, from, to, next }: Rotation): Move[] {
    return this.#moving([from, to], () => {
      const claims = this.#claims.get(from)
      const by = claims?.get(to)?.by
      if (by) count(by, iss, -1)
      if (by?.size === 0) claims?.delete(to)
      if (claims?.size === 0) this.#claims.delete(from)
      this.#unpledge(to, 0, next)
    })
  }

  /** Enters a first manifest that is kept. */
  pledge({ iss, next }: Manifest): Move[] {
    return this.#moving([iss], () => {
      const pledge = this.#pledgeOf(iss)
      pledge.firsts++
      if (next) count(pledge.nexts, hex(next), 1)
    })
  }

  /** Takes out a first manifest that is kept no longer. */
  withdraw({ iss, next }: Manifest): Move[] {
    return this.#moving([iss], () => this.#unpledge(iss, 1, next))
  }

  #unpledge(did: Did, firsts: number, next: Uint8Array | undefined): void {
    const pledge = this.#pledgeOf(did)
    pledge.firsts -= firsts
    if (next) count(pledge.nexts, hex(next), -1)
    if (pledge.firsts === 0 && pledge.nexts.size === 0) this.#pledges.delete(did)
  }

  #pledgeOf(did: Did): Pledge {
    const pledge = this.#pledges.get(did) ?? { nexts: new Map<string, number>(), firsts: 0 }
    this.#pledges.set(did, pledge)
    return pledge
  }

  /** Changes what is known of these Dids. Of everybody on their lines, before or after, the evidence may count for another. */
  #moving(dids: readonly Did[], change: () => void): Move[] {
    const before = this.#around(dids)
    change()
    const isMoved = dids.map((did) => this.#settle(did)).includes(true)
    if (!isMoved) return []
    const members = [...new Set([...before, ...this.#around(dids)])]
    return [{ members, ends: members }]
  }

  #around(dids: readonly Did[]): Did[] {
    const tos = dids.flatMap((did) => [did, this.#to.get(did) ?? did])
    // Where there are more than two rivals, one more or less makes no difference.
    const rivals = tos.flatMap((to) => [...(this.#from.get(to) ?? [])].slice(0, 3))
    return [...new Set([...tos, ...rivals])].flatMap((did) => [
      ...this.#walk(did, (each) => this.predecessorOf(each)),
      ...this.#walk(did, (each) => this.successorOf(each)),
    ])
  }

  /** Works out anew whom a Did has been rotated to. Whether that is another. */
  #settle(did: Did): boolean {
    const [before, after] = [this.#to.get(did), this.#candidateOf(did)]
    if (before === after) return false
    if (before) this.#leave(before, did)
    if (after) {
      this.#from.set(after, (this.#from.get(after) ?? new Set()).add(did))
      this.#to.set(did, after)
    } else this.#to.delete(did)
    return true
  }

  #leave(to: Did, from: Did): void {
    const froms = this.#from.get(to)
    froms?.delete(from)
    if (froms?.size === 0) this.#from.delete(to)
  }

  #candidateOf(did: Did): Did | undefined {
    const claims = [...(this.#claims.get(did) ?? [])]
    const elected = claims.filter(([, { by }]) => by.size - (by.has(did) ? 1 : 0) >= this.#policy.threshold)
    if (elected.length > 0) return elected.length === 1 ? elected[0]?.[0] : undefined
    const commitment = this.#commitmentOf(did)
    return claims.find(([, { opens, by }]) => opens === commitment && by.has(did))?.[0]
  }

  /** The one commitment of a Did. Two first manifests are none: the thief's might have put the other out. */
  #commitmentOf(did: Did): string | null {
    const { nexts, firsts } = this.#pledges.get(did) ?? { nexts: new Map<string, number>(), firsts: 0 }
    const [next, other] = nexts.keys()
    return firsts <= 1 && next && !other ? next : null
  }

  #walk(did: Did, step: (did: Did) => Did | null): Did[] {
    const walked: Did[] = []
    for (let next: Did | null = did; next && walked.length <= MAX_LINE; next = step(next)) walked.push(next)
    return walked
  }
}

/** Counts, and forgets what is counted no more. */
function count<Key>(counts: Map<Key, number>, key: Key, times: 1 | -1): void {
  const sum = (counts.get(key) ?? 0) + times
  if (sum > 0) counts.set(key, sum)
  else counts.delete(key)
}
