import type { Did } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import type { Wire } from '../e2e/kit.ts'
import { CONNECTION_BYTES, connectionOf, type HostileNode, type Parcel } from './hostile-node.ts'

/** A hostile node at one end of a connection between two agents, in the place of the one there. */
export class Impostor implements Wire {
  readonly closed: Promise<null> = Promise.resolve(null)
  /** What the agent at the other end has sent it. */
  readonly got: Uint8Array[] = []
  readonly #node: HostileNode
  readonly #as: Did
  readonly #to: Did
  #connection: Uint8Array
  #taken = 0
  #wake: () => void = () => {}

  constructor(node: HostileNode, { as, to }: { readonly as: Did; readonly to: Did }) {
    this.#node = node
    this.#as = as
    this.#to = to
    this.#connection = systemRandom(CONNECTION_BYTES)
  }

  /** Keeps what is meant for whom it stands in for; what the other end begins is the connection from then on. */
  readonly lie = (parcel: Parcel): void => {
    if (parcel.from !== this.#to || parcel.to !== this.#as) return this.#node.carry(parcel)
    this.#node.acknowledge(parcel)
    this.#connection = connectionOf(parcel)
    this.got.push(parcel.body.slice(CONNECTION_BYTES))
    this.#wake()
  }

  send(bytes: Uint8Array): void {
    const body = Uint8Array.of(...this.#connection, ...bytes)
    this.#node.deliver({ from: this.#as, to: this.#to, body })
  }

  async next(): Promise<Uint8Array | null> {
    while (this.#taken === this.got.length) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.got[this.#taken++] as Uint8Array
  }

  [Symbol.dispose](): void {}
}
