import { bytesToHex } from '@noble/hashes/utils.js'
import { type Did, didOf, keyOf } from '@trustmesh/identity'
import type { FrameOf } from '@trustmesh/protocol'
import type { VirtualTime } from './virtual-time.ts'

/** What one agent sends to another. */
export interface Parcel {
  readonly from: Did
  readonly to: Did
  readonly body: Uint8Array
}

/** An agent, as the post sees it. */
export interface Addressee {
  readonly isOnline: boolean
  receive(frame: FrameOf<'message'>): void
  acknowledged(frame: FrameOf<'ack'>): unknown
}

type Ack = (code?: string) => void

const CARRYING_MS = 1

/** A node without a wire between agents in one process: honest unless a test puts something else in the place of {@link carry}. */
export class Post {
  readonly #time: VirtualTime
  readonly #addressees = new Map<Did, Addressee>()
  /** All that was ever given to it. */
  readonly taken: Parcel[] = []
  carry: (parcel: Parcel, ack: Ack) => void = (parcel, ack) => this.deliver(parcel, ack)

  constructor(time: VirtualTime) {
    this.#time = time
  }

  /** Whoever came before under the same Did gets nothing more. */
  join(did: Did, addressee: Addressee): void {
    this.#addressees.set(did, addressee)
  }

  take({ id, to, body }: FrameOf<'message'>, from: Did): void {
    const parcel = { from, to: didOf(to), body }
    const sender = this.#addressees.get(from)
    this.taken.push(parcel)
    this.carry(parcel, (code) => {
      this.#time.after(CARRYING_MS, () => {
        if (this.#addressees.get(from) === sender && sender?.isOnline)
          sender.acknowledged({ type: 'ack', re: id, code })
      })
    })
  }

  deliver({ from, to, body }: Parcel, ack: Ack = () => {}, afterMs = CARRYING_MS): void {
    this.#time.after(afterMs, () => {
      const addressee = this.#addressees.get(to)
      if (!addressee?.isOnline) return ack('message.recipient-offline')
      addressee.receive({ type: 'message', id: new Uint8Array(16), from: keyOf(from), to: keyOf(to), body })
      ack()
    })
  }

  /** Parcels of one connection, in one direction where a sender is named. */
  of(connection: string, from?: Did): Parcel[] {
    return this.taken.filter((parcel) => connectionOf(parcel) === connection && (!from || parcel.from === from))
  }
}

/** The name of the connection that a packet belongs to. */
export function connectionOf({ body }: Parcel): string {
  return bytesToHex(body.subarray(0, 16))
}
