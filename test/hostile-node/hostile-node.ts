import { type Did, didOf, type Identity, keyOf, meshIdOf } from '@trustmesh/identity'
import type { Frame, FrameOf } from '@trustmesh/protocol'
import type { Standing } from '@trustmesh/trust'
import { LyingNode, plaintextOf, someone } from '../e2e/kit.ts'
import type { Say } from '../e2e/lying-node.ts'

/** What an agent gives to its node, to be carried to another. */
export interface Parcel {
  /** From 0, in the order in which they were given. */
  readonly index: number
  readonly id: Uint8Array
  readonly from: Did
  readonly to: Did
  /** 16 bytes that name a connection, and a frame of its handshake or a sealed message. */
  readonly body: Uint8Array
}

/** What it begins with: the name of a connection. */
export const CONNECTION_BYTES = 16

export function connectionOf({ body }: Pick<Parcel, 'body'>): Uint8Array {
  return body.slice(0, CONNECTION_BYTES)
}

/** The name of the rest: a frame of a handshake, something sealed, or nothing, by which an agent says that it knows no such connection. */
export type Content = 'hello' | 'challenge' | 'response' | 'welcome' | 'sealed' | 'reset'

export function contentOf({ body }: Pick<Parcel, 'body'>): Content {
  const [list, place] = body.slice(CONNECTION_BYTES)
  if (list === undefined) return 'reset'
  const frames: readonly Content[] = ['hello', 'challenge', 'response', 'welcome']
  // A list of two or three, of which the first says which frame it is.
  const frame = (list === 0x92 || list === 0x93) && place !== undefined ? frames[place - 1] : undefined
  return frame ?? 'sealed'
}

/** What becomes of a parcel. */
export type Lie = (parcel: Parcel) => void

type Holding = Pick<Standing, 'status' | 'score' | 'tier' | 'confidence'>

/** What can be held of somebody. */
export const HELD = {
  vouched: { status: 'active', score: 1000, tier: 'vouched', confidence: 1000 },
  known: { status: 'active', score: 500, tier: 'known', confidence: 1000 },
  unknown: { status: 'unknown', score: 300, tier: 'probation', confidence: 0 },
  suspended: { status: 'suspended', score: 0, tier: 'untrusted', confidence: 1000 },
  revoked: { status: 'revoked', score: 0, tier: 'untrusted', confidence: 1000 },
} as const satisfies Record<string, Holding>

/**
 * The node of a mesh of its own, which does with what it is given whatever a test says, on real sockets. Left to itself it is
 * honest, and holds everybody for trusted.
 */
export class HostileNode implements AsyncDisposable {
  readonly identity: Identity
  /** Of its mesh. */
  readonly root: Did
  /** All that agents have given it, and all frames in which they did, as they were sealed for it. */
  readonly parcels: Parcel[] = []
  readonly read: Uint8Array[] = []
  /** What it says of those who are not simply trusted, and those of whom it says nothing. */
  readonly standings = new Map<Did, Holding>()
  readonly withheld = new Set<Did>()
  lie: Lie | null = null
  readonly #agents = new Map<Did, { readonly say: Say; readonly told: Map<Did, number> }>()
  #server: LyingNode | undefined
  #epoch = 0

  /** In a mesh of its own, of which `root` is the root. */
  static async start(root: Did = someone().did): Promise<HostileNode> {
    const node = new HostileNode(someone(), root)
    const net = Buffer.from(meshIdOf(root)).toString('hex')
    const policy = { root, roots: [root], authorities: [root], threshold: 1 }
    node.#server = await LyingNode.start({
      instead: { ...{ version: 1, url: '', node: node.identity.did, net }, ...policy },
      identity: node.identity,
      greet: (say, _, agent) => node.#agents.set(agent, { say, told: new Map() }),
      replies: (frame, agent) => node.#replies(frame, agent),
    })
    return node
  }

  private constructor(identity: Identity, root: Did) {
    this.identity = identity
    this.root = root
  }

  get joinFile(): LyingNode['joinFile'] {
    return (this.#server as LyingNode).joinFile
  }

  /** Loses an agent, or everybody; they may come back. */
  drop(agent?: Did): void {
    this.#server?.drop(agent)
  }

  /** As an honest node does it. */
  carry(parcel: Parcel): void {
    this.deliver(parcel)
    this.acknowledge(parcel)
  }

  /** Puts bytes before an agent, as if they came from another. */
  deliver({ to, from, body, id = new Uint8Array(16) }: Omit<Parcel, 'index' | 'id'> & { id?: Uint8Array }): void {
    const agent = this.#agents.get(to)
    // As honest nodes do: once in each epoch, ahead of the first message.
    if (agent?.told.get(from) !== this.#epoch) agent?.say(...this.#standing(from))
    if (!this.withheld.has(from)) agent?.told.set(from, this.#epoch)
    agent?.say({ type: 'message', id, to: keyOf(to), from: keyOf(from), body })
  }

  /** Tells the sender of a parcel that it was handed on, or why it was not. */
  acknowledge({ from, id }: Parcel, code?: string): void {
    this.#agents.get(from)?.say({ type: 'ack', re: id, ...(code !== undefined && { code }) })
  }

  /** Says to an agent what it holds of another from now on. */
  tell(agent: Did, of: Did, holding: Holding): void {
    this.standings.set(of, holding)
    this.#epoch++
    this.#agents.get(agent)?.say(...this.#standing(of))
    this.#agents.get(agent)?.told.set(of, this.#epoch)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]()
  }

  #replies(frame: Frame, agent: Did): readonly Frame[] {
    this.read.push(plaintextOf(frame))
    switch (frame.type) {
      case 'message':
        this.#take(frame, agent)
        return []
      case 'ping':
        return [{ type: 'pong', n: frame.n }]
      case 'query':
        return this.#standing(didOf(frame.did))
      case 'lookup':
        return [
          ...frame.dids.flatMap((did) => this.#standing(didOf(did))),
          { type: 'status', re: frame.id, epoch: this.#epoch, void: [], fresh: [0] },
        ]
      default:
        return []
    }
  }

  #take({ id, to, body }: FrameOf<'message'>, from: Did): void {
    const parcel = { index: this.parcels.length, id, from, to: didOf(to), body }
    this.parcels.push(parcel)
    if (this.lie) this.lie(parcel)
    else this.carry(parcel)
  }

  #standing(did: Did): FrameOf<'standing'>[] {
    const holding = this.standings.get(did) ?? HELD.vouched
    return this.withheld.has(did) ? [] : [{ type: 'standing', did: keyOf(did), epoch: this.#epoch, ...holding }]
  }
}
