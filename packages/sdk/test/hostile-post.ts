import { encodePacket } from '../src/peers/packet.ts'
import type { Dice } from './dice.ts'
import { type Parcel, Post } from './post.ts'
import type { PostAgent } from './post-agent.ts'
import type { VirtualTime } from './virtual-time.ts'

type Ack = (code?: string) => void

const CODES = [
  'message.recipient-offline',
  'message.recipient-busy',
  'message.rate-limited',
  'message.forged-sender',
  'no.such-code',
] as const
const LATEST_MS = 700

/** What a node can do to a packet. */
const FAULTS = {
  drop: (post, _parcel, ack) => post.dice.chance(500) && ack(),
  refuse: (post, _parcel, ack) => ack(post.dice.pick(CODES)),
  deliverAndRefuse: (post, parcel, ack) => post.deliver(parcel, () => ack(post.dice.pick(CODES))),
  delay: (post, parcel, ack) => post.deliver(parcel, ack, post.dice.below(LATEST_MS)),
  duplicate: (post, parcel, ack) => {
    post.deliver(parcel, ack)
    post.deliver(parcel, ack, post.dice.below(LATEST_MS))
  },
  turn: (post, parcel, ack) => {
    const body = parcel.body.slice()
    const at = post.dice.below(body.length)
    body[at] = (body[at] as number) ^ (1 << post.dice.below(8))
    post.deliver({ ...parcel, body }, ack)
  },
  cut: (post, parcel, ack) => post.deliver({ ...parcel, body: parcel.body.slice(0, post.dice.below(100)) }, ack),
  misroute: (post, parcel, ack) => post.deliver({ ...parcel, to: post.other(parcel.to) }, ack),
  forgeSender: (post, parcel, ack) => post.deliver({ ...parcel, from: post.other(parcel.to) }, ack),
  reflect: (post, parcel, ack) => post.deliver({ ...parcel, from: parcel.to, to: parcel.from }, ack),
  swap: (post, parcel, ack) => post.swap(parcel, ack),
  splice: (post, parcel, ack) => post.splice(parcel, ack),
  reset: (post, parcel, ack) => {
    post.forgeReset(parcel)
    post.deliver(parcel, ack)
  },
  replay: (post, parcel, ack) => {
    post.deliver(parcel, ack)
    post.replay()
  },
} as const satisfies { [fault: string]: (post: HostilePost, parcel: Parcel, ack: Ack) => unknown }

type Fault = keyof typeof FAULTS
const NAMES = Object.keys(FAULTS) as [Fault, ...Fault[]]
const KEPT = 64

/** A node that does whatever it can to what it carries, as a seed has it. */
export class HostilePost extends Post {
  readonly dice: Dice
  /** Of each thousand packets so many are carried by a fault. */
  rate = 0
  readonly #everybody: () => readonly PostAgent[]
  readonly #latest: { readonly parcel: Parcel; readonly ack: Ack }[] = []
  #held: { readonly parcel: Parcel; readonly ack: Ack } | undefined

  constructor(time: VirtualTime, dice: Dice, everybody: () => readonly PostAgent[]) {
    super(time)
    this.dice = dice
    this.#everybody = everybody
    this.carry = (parcel, ack) => {
      this.#latest.push({ parcel, ack })
      if (this.#latest.length > KEPT) this.#latest.shift()
      if (!dice.chance(this.rate)) return this.deliver(parcel, ack)
      FAULTS[dice.pick(NAMES)](this, parcel, ack)
    }
  }

  /** Anybody, if possible somebody else. */
  other(than: PostAgent['did']): PostAgent['did'] {
    const others = this.#everybody()
      .map(({ did }) => did)
      .filter((did) => did !== than)
    return this.dice.pick(others as [PostAgent['did'], ...PostAgent['did'][]])
  }

  /** What one packet held goes with the next, and the other way round. */
  swap(parcel: Parcel, ack: Ack): void {
    const held = this.#held
    this.#held = held ? undefined : { parcel, ack }
    if (!held) return
    this.deliver({ ...held.parcel, body: parcel.body }, held.ack)
    this.deliver({ ...parcel, body: held.parcel.body }, ack)
  }

  /** Under the name of its connection goes what another packet held: of another session, or of the other direction. */
  splice(parcel: Parcel, ack: Ack): void {
    const other = this.#latest[this.dice.below(this.#latest.length)]?.parcel ?? parcel
    this.deliver({ ...parcel, body: encodePacket(parcel.body.slice(0, 16), other.body.slice(16)) }, ack)
  }

  /** Says to one of both, in the other's name, that it knows no such connection. */
  forgeReset({ from, to, body }: Parcel): void {
    const reset = encodePacket(body.slice(0, 16))
    this.deliver(this.dice.chance(500) ? { from, to, body: reset } : { from: to, to: from, body: reset })
  }

  /** Something of before, once more. */
  replay(): void {
    const { parcel } = this.#latest[this.dice.below(this.#latest.length)] ?? {}
    if (parcel) this.deliver(parcel)
  }

  /** Says that something of before has come to nothing. */
  forgeAck(): void {
    this.#latest[this.dice.below(this.#latest.length)]?.ack(this.dice.pick(CODES))
  }
}
