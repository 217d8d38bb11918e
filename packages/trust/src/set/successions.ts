import type { Did } from '@trustmesh/identity'
import { hex } from '../fields.ts'
import type { Policy } from '../policy.ts'
import type { Manifest } from '../statements/manifest.ts'
import { commitmentTo, type Rotation } from '../statements/rotation.ts'

/** So many times over is evidence inherited: what a line costs has to have a bound. */
const MAX_LINE = 16

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

/** What has become of a Did by the rotations that are kept. */
interface Passage {
  /** Whom it has been rotated to. */
  readonly to: Did | null
  /** Whether authorities have settled that, and not the Did itself. */
  readonly isElected: boolean
  /** Whether it has named a successor itself, whatever came of it. */
  readonly isResigned: boolean
}

const STAYS: Passage = { to: null, isElected: false, isResigned: false }

/**
 * Who succeeds whom. A threshold of authorities settles it. Where they have not, the old key does, to the successor that it
 * committed itself to when it was made (after KERI's pre-rotation): whoever steals it cannot open that commitment, and
 * if he makes another, neither counts (threat I12). Two successors of one Did, or two Dids that one succeeds: nobody does.
 *
 * Evidence goes with it, but from a Did that authorities have banned only where they have settled it: its conduct is what
 * they judged, and it must not shed that. And who has named a successor keeps nothing, even where that one comes to nothing:
 * else a new contradiction would take an heir's good name back from a ban or a hold (threats I12, R13).
 */
export class Successions {
  readonly #policy: Policy
  readonly #isBanned: (did: Did) => boolean
  /** By the old Did, then by the new one. */
  readonly #claims = new Map<Did, Map<Did, Claim>>()
  readonly #pledges = new Map<Did, Pledge>()
  /** What has become of each Did, and back. */
  readonly #passages = new Map<Did, Passage>()
  readonly #from = new Map<Did, Set<Did>>()

  /** @param isBanned whether authorities have revoked a Did; what that changes is for the caller to tell */
  constructor(policy: Policy, isBanned: (did: Did) => boolean) {
    this.#policy = policy
    this.#isBanned = isBanned
  }

  successorOf(did: Did): Did | null {
    const { to } = this.#passageOf(did)
    return to && this.predecessorOf(to) === did ? to : null
  }

  predecessorOf(did: Did): Did | null {
    const [from, rival] = this.#from.get(did) ?? []
    return from && !rival ? from : null
  }

  /** For whom evidence about a Did counts: the last who inherits it, itself if nobody does; `null` if it is lost. */
  heirOf(did: Did): Did | null {
    let heir = did
    for (let steps = 0; steps <= MAX_LINE; steps++) {
      const next = this.#inheritorOf(heir)
      if (!next) return this.#passageOf(heir).isResigned ? null : heir
      heir = next
    }
    return null
  }

  /** The Dids the evidence about whom counts for this one: itself, and whom it inherits from. None if it keeps nothing. */
  lineOf(did: Did): Did[] {
    if (this.#inheritorOf(did) || this.#passageOf(did).isResigned) return []
    return walk(did, (each) => this.#legatorOf(each))
  }

  /** Everybody on the line of a Did, before it and after it, whatever is inherited: what holds one holds them all. */
  lineThrough(did: Did): Did[] {
    // Whom no rotation names is alone on its line, as nearly everybody is.
    if (!this.#claims.has(did) && !this.#from.has(did)) return [did]
    const before = walk(did, (each) => this.predecessorOf(each))
    return [...before, ...walk(did, (each) => this.successorOf(each)).slice(1)]
  }

  #inheritorOf(did: Did): Did | null {
    const isHeldBack = this.#isBanned(did) && !this.#passageOf(did).isElected
    return isHeldBack ? null : this.successorOf(did)
  }

  #legatorOf(did: Did): Did | null {
    const from = this.predecessorOf(did)
    return from && this.#inheritorOf(from) ? from : null
  }

  /** Enters a rotation that is kept. Everybody of whom the evidence may count for another now, and the holds. */
  claim({ iss, from, to, next }: Rotation): Did[] {
    return this.#moving([from, to], () => {
      const claims = this.#claims.get(from) ?? new Map<Did, Claim>()
      const { opens, by } = claims.get(to) ?? { opens: hex(commitmentTo(to)), by: new Map<Did, number>() }
      this.#claims.set(from, claims.set(to, { opens, by: by.set(iss, (by.get(iss) ?? 0) + 1) }))
      count(this.#pledgeOf(to).nexts, hex(next), 1)
    })
  }

  /** Takes out a rotation that is kept no longer. */
  disclaim({ iss, from, to, next }: Rotation): Did[] {
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
  pledge({ iss, next }: Manifest): Did[] {
    return this.#moving([iss], () => {
      const pledge = this.#pledgeOf(iss)
      pledge.firsts++
      if (next) count(pledge.nexts, hex(next), 1)
    })
  }

  /** Takes out a first manifest that is kept no longer. */
  withdraw({ iss, next }: Manifest): Did[] {
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

  /** Changes what is known of these Dids. It may concern everybody on their lines, before or after. */
  #moving(dids: readonly Did[], change: () => void): Did[] {
    const before = this.#around(dids)
    change()
    const isMoved = dids.map((did) => this.#settle(did)).includes(true)
    if (!isMoved) return []
    return [...new Set([...before, ...this.#around(dids)])]
  }

  #around(dids: readonly Did[]): Did[] {
    const tos = dids.flatMap((did) => [did, this.#passageOf(did).to ?? did])
    // Two will do: where there are more rivals, one more or less makes no difference.
    const rivals = tos.flatMap((to) => [...(this.#from.get(to) ?? [])].slice(0, 2))
    return [...new Set([...tos, ...rivals])].flatMap((did) => this.lineThrough(did))
  }

  #passageOf(did: Did): Passage {
    return this.#passages.get(did) ?? STAYS
  }

  /** Works out anew what has become of a Did. Whether that is something else. */
  #settle(did: Did): boolean {
    const [before, after] = [this.#passageOf(did), this.#passageBy(did)]
    if (before.to === after.to && before.isElected === after.isElected && before.isResigned === after.isResigned)
      return false
    if (before.to) this.#leave(before.to, did)
    if (after.to) this.#from.set(after.to, (this.#from.get(after.to) ?? new Set()).add(did))
    if (after.to || after.isResigned) this.#passages.set(did, after)
    else this.#passages.delete(did)
    return true
  }

  #leave(to: Did, from: Did): void {
    const froms = this.#from.get(to)
    froms?.delete(from)
    if (froms?.size === 0) this.#from.delete(to)
  }

  #passageBy(did: Did): Passage {
    const claims = [...(this.#claims.get(did) ?? [])]
    const isResigned = claims.some(([, { by }]) => by.has(did))
    const elected = claims.filter(([, { by }]) => by.size - (by.has(did) ? 1 : 0) >= this.#policy.threshold)
    if (elected.length > 1) return { to: null, isElected: false, isResigned }
    const commitment = this.#commitmentOf(did)
    const [chosen] = elected[0] ?? claims.find(([, { opens, by }]) => opens === commitment && by.has(did)) ?? []
    return { to: chosen ?? null, isElected: elected.length > 0, isResigned }
  }

  /** The one commitment of a Did. Two first manifests are none: the thief's might have put the other out. */
  #commitmentOf(did: Did): string | null {
    const { nexts, firsts } = this.#pledges.get(did) ?? { nexts: new Map<string, number>(), firsts: 0 }
    const [next, other] = nexts.keys()
    return firsts <= 1 && next && !other ? next : null
  }
}

function walk(did: Did, step: (did: Did) => Did | null): Did[] {
  const walked: Did[] = []
  for (let next: Did | null = did; next && walked.length <= MAX_LINE; next = step(next)) walked.push(next)
  return walked
}

/** Counts, and forgets what is counted no more. */
function count<Key>(counts: Map<Key, number>, key: Key, times: 1 | -1): void {
  const sum = (counts.get(key) ?? 0) + times
  if (sum > 0) counts.set(key, sum)
  else counts.delete(key)
}
