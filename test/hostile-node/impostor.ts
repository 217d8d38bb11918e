import { type Did, decode, encode, keyOf } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import type { Wire } from '../e2e/kit.ts'
import { agreement, challengeFrame, ed25519Key, signature, x25519Key } from '../vectors/reference.ts'
import {
  CONNECTION_BYTES,
  type Content,
  connectionOf,
  contentOf,
  type HostileNode,
  type Parcel,
} from './hostile-node.ts'

/** A hostile node at one end of a connection between two agents, in the place of the one there. */
export class Impostor implements Wire {
  readonly closed: Promise<null> = Promise.resolve(null)
  readonly #node: HostileNode
  readonly #as: Did
  readonly #to: Did
  /** What the agent at the other end has sent. */
  readonly #got: Parcel[] = []
  #connection: Uint8Array = systemRandom(CONNECTION_BYTES)
  #taken = 0
  #wake: () => void = () => {}

  constructor(node: HostileNode, { as, to }: { readonly as: Did; readonly to: Did }) {
    this.#node = node
    this.#as = as
    this.#to = to
  }

  get contents(): Content[] {
    return this.#got.map(contentOf)
  }

  /** Keeps what is meant for whom it stands in for; what the other end begins is the connection from then on. */
  readonly lie = (parcel: Parcel): void => {
    if (parcel.from !== this.#to || parcel.to !== this.#as) return this.#node.carry(parcel)
    this.#node.acknowledge(parcel)
    this.#connection = connectionOf(parcel)
    this.#got.push(parcel)
    this.#wake()
  }

  /** Answers the hello that came last, whomever that was meant for: with a key of its own, under its own name or the other. */
  challenge(isUnderOwnName: boolean): void {
    const [hello] = this.#got.slice(-1).map(({ body }) => body.slice(CONNECTION_BYTES)) as [Uint8Array]
    const [, { e, net, purpose }] = decode(hello) as [number, { e: Uint8Array; net: Uint8Array; purpose: string }]
    const [seed, ephemeral] = [systemRandom(32), systemRandom(32)]
    const key = isUnderOwnName ? ed25519Key(seed) : keyOf(this.#as)
    const clear = { suite: 1, e: x25519Key(ephemeral), n: systemRandom(32) }
    const { frame } = challengeFrame(hello, agreement(ephemeral, e), clear, (transcript) => ({
      did: key,
      sig: signature(seed, 'handshake/responder', encode({ net, purpose, transcript }), key),
      attachments: [],
    }))
    this.send(frame)
  }

  send(bytes: Uint8Array): void {
    const body = Uint8Array.of(...this.#connection, ...bytes)
    this.#node.deliver({ from: this.#as, to: this.#to, body })
  }

  async next(): Promise<Uint8Array | null> {
    while (this.#taken === this.#got.length) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return (this.#got[this.#taken++] as Parcel).body.slice(CONNECTION_BYTES)
  }

  [Symbol.dispose](): void {}
}
