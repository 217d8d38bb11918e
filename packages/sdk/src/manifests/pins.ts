import { type Did, isDid } from '@trustmesh/identity'
import type { Manifest } from '@trustmesh/trust'
import * as z from 'zod/mini'
import { type Description, describe, descriptionSchema, isUnchanged } from './description.ts'
import type { MeshEvent } from './events.ts'
import type { Notes } from './notes.ts'

export interface PinsOptions {
  readonly notes: Notes
  /** Whether an agent has a standing at all: of others there may be any number, and they are forgotten first. */
  readonly isKnown: (did: Did) => boolean
  readonly happened: (event: MeshEvent) => void
  /** How many agents are remembered; 4,096 unless told otherwise. */
  readonly capacity?: number
}

const pinSchema = z.strictObject({
  /** How it describes itself, as last seen. */
  manifest: z.nullable(descriptionSchema),
  /** `seq` of that manifest, −1 before the first; an earlier one that is shown again does not count. */
  seq: z.int(),
  isDrifted: z.boolean(),
})

type Pin = Readonly<z.infer<typeof pinSchema>>

const PREFIX = 'pin '
const CAPACITY = 4_096
/** Which part of them is forgotten at once: a 32nd. */
const FORGOTTEN_PART = 32

/**
 * How other agents described themselves when they were first seen, and which of them have come to do so otherwise since: until
 * somebody approves of that, their own word that they are what they were is no good (threat I14). Bounded: whoever has not
 * drifted is forgotten before whoever has, and strangers before those with a standing (threat I15).
 */
export class Pins {
  readonly #options: PinsOptions
  /** Whoever was seen last at the end. */
  readonly #pins = new Map<Did, Pin>()

  constructor(options: PinsOptions) {
    this.#options = options
    for (const [key, note] of options.notes.entries()) {
      const did = key.slice(PREFIX.length)
      const pin = z.safeParse(pinSchema, note)
      if (key.startsWith(PREFIX) && isDid(did) && pin.success) this.#pins.set(did, pin.data)
    }
  }

  /** An agent that is who it says shows this of itself; `null` where it shows nothing. */
  see(did: Did, manifest: Manifest | null): void {
    const { happened } = this.#options
    const pin = this.#pins.get(did)
    const after = manifest && describe(manifest)
    const seq = manifest?.seq ?? pin?.seq ?? -1
    if (!pin) {
      this.#keep(did, { manifest: after, seq, isDrifted: false })
      return happened({ type: 'agent.first-seen', did, ...(after && { manifest: after }) })
    }
    const { manifest: before } = pin
    const isOther = !isUnchanged(before, after)
    const isNews = seq > pin.seq || (seq === pin.seq && isOther)
    // Who had shown nothing has not become another by showing something.
    const hasDrifted = isNews && isOther && before !== null
    this.#keep(did, isNews ? { manifest: after, seq, isDrifted: pin.isDrifted || hasDrifted } : pin)
    if (hasDrifted) happened({ type: 'manifest.drift', did, before, after })
  }

  isDrifted(did: Did): boolean {
    return this.#pins.get(did)?.isDrifted ?? false
  }

  /** How an agent describes itself, as last seen; for people. */
  of(did: Did): Description | null {
    return this.#pins.get(did)?.manifest ?? null
  }

  /**
   * Takes an agent for what it describes itself as now; with `seen`, only if that is it. Whether it has not drifted now:
   * false also of an agent that has never been seen.
   */
  approve(did: Did, seen?: Description | null): boolean {
    const pin = this.#pins.get(did)
    if (!pin || (seen !== undefined && !isUnchanged(seen, pin.manifest))) return false
    this.#keep(did, { ...pin, isDrifted: false })
    return true
  }

  #keep(did: Did, pin: Pin): void {
    const { notes, capacity = CAPACITY } = this.#options
    if (this.#pins.get(did) !== pin) notes.set(`${PREFIX}${did}`, pin)
    this.#pins.delete(did)
    if (this.#pins.size >= capacity) this.#makeRoom(capacity)
    this.#pins.set(did, pin)
  }

  /** Of those who have not drifted many at once, so that a crowd does not have all of them looked through for each of it. */
  #makeRoom(capacity: number): void {
    const ranked: Did[][] = [[], [], [], []]
    for (const [did, { isDrifted }] of this.#pins) {
      ranked[2 * Number(isDrifted) + Number(this.#options.isKnown(did))]?.push(did)
    }
    const [strangers = [], known = [], ...drifted] = ranked
    const steady = [...strangers, ...known].slice(0, Math.ceil(capacity / FORGOTTEN_PART))
    for (const did of steady.length > 0 ? steady : drifted.flat().slice(0, 1)) {
      this.#pins.delete(did)
      this.#options.notes.set(`${PREFIX}${did}`, undefined)
    }
  }
}
