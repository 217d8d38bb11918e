import { createCipheriv, createDecipheriv } from 'node:crypto'
import { type Did, decode, type Encodable, encode, type Identity } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import {
  type ConductOutcome,
  type Established,
  type Frame,
  HandshakeConduct,
  type InitiatorState,
  initiator,
  LIMITS,
  type Purpose,
  type Refusal,
  responder,
  stepInitiator,
  stepResponder,
} from '@trustmesh/protocol'
import { generateKeyPair } from '@trustmesh/protocol/node'
import { WELCOME } from './lying-node.ts'
import { RawSocket, type RawSocketOptions } from './raw-socket.ts'
import type { JoinFile } from './test-node.ts'

/** What carries messages to the other side and back: a socket, packets between agents, or no more than memory. */
export interface Wire extends Disposable {
  /** Resolves when the connection is gone, to the code of WebSocket with which the other side closed it, if any. */
  readonly closed: Promise<number | null>
  send(message: Uint8Array): void
  /** The next message, or `null` where the connection ends before one comes. */
  next(): Promise<Uint8Array | null>
}

/** An initiator's side of a handshake, one frame at a time: each is the test's to send, to alter or to keep. */
export class Handshake {
  readonly #conduct: HandshakeConduct<InitiatorState>
  #came: (what: Uint8Array | ConductOutcome) => void = () => {}

  constructor(file: JoinFile, identity: Identity, purpose: Purpose = 'agent', attachments: readonly Uint8Array[] = []) {
    const state = initiator({
      net: netOf(file),
      did: identity.did,
      responder: file.node,
      purpose,
      ephemeral: generateKeyPair,
      challenge: systemRandom(32),
      attachments,
      deadline: systemClock.monotonic() + LIMITS.handshakeMs,
    })
    this.#conduct = new HandshakeConduct(state, stepInitiator, {
      send: (bytes) => this.#came(bytes),
      sign: (label, claim) => identity.sign(label, claim),
      monotonic: () => systemClock.monotonic(),
      conclude: (outcome) => this.#came(outcome),
    })
  }

  /** Frame 1. */
  hello(): Promise<Uint8Array> {
    return this.#next(() => this.#conduct.start()) as Promise<Uint8Array>
  }

  /** The frame that follows the node's, or how the handshake ends. */
  answer(frame: Uint8Array): Promise<Uint8Array | ConductOutcome> {
    return this.#next(() => this.#conduct.receive(frame))
  }

  #next(act: () => void): Promise<Uint8Array | ConductOutcome> {
    return new Promise((resolve) => {
      this.#came = resolve
      act()
    })
  }
}

/** How an attempt to join ends. */
export type Attempt<W extends Wire = RawSocket> =
  | { readonly type: 'session'; readonly session: WireSession<W> }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'failed'; readonly code: string }
  /** The node closed the connection, with this code of WebSocket. */
  | { readonly type: 'closed'; readonly code: number | null }

/** Takes a connection through the handshake. */
export async function attempt<W extends Wire>(
  wire: W,
  node: JoinFile,
  identity: Identity,
  purpose?: Purpose,
  attachments?: readonly Uint8Array[],
): Promise<Attempt<W>> {
  const handshake = new Handshake(node, identity, purpose, attachments)
  let frame: Uint8Array | ConductOutcome = await handshake.hello()
  while (frame instanceof Uint8Array) {
    wire.send(frame)
    const answer = await wire.next()
    if (!answer) return { type: 'closed', code: await wire.closed }
    frame = await handshake.answer(answer)
  }
  if (frame.type !== 'established') return frame
  return { type: 'session', session: new WireSession(wire, frame.established, identity.did, netOf(node)) }
}

/** Takes a connection through the handshake as the other side of it, and lets in whoever comes. */
export async function answer<W extends Wire>(wire: W, identity: Identity, net: Uint8Array): Promise<WireSession<W>> {
  const state = responder({
    net,
    did: identity.did,
    ephemeral: generateKeyPair,
    challenge: systemRandom(32),
    attachments: [],
    deadline: systemClock.monotonic() + LIMITS.handshakeMs,
  })
  let conclude: (outcome: ConductOutcome) => void
  const concluded = new Promise<ConductOutcome>((resolve) => {
    conclude = resolve
  })
  const conduct = new HandshakeConduct(state, stepResponder, {
    send: (bytes) => wire.send(bytes),
    sign: (label, claim) => identity.sign(label, claim),
    monotonic: () => systemClock.monotonic(),
    admit: async () => WELCOME,
    conclude: (outcome) => conclude(outcome),
  })
  for (const _ of ['hello', 'response']) {
    const frame = await wire.next()
    if (!frame) throw new Error('the other side has given up')
    conduct.receive(frame)
  }
  const ended = await concluded
  if (ended.type !== 'established') throw new Error(`the handshake ${ended.type}`)
  return new WireSession(wire, ended.established, identity.did, net, 'responder')
}

/** An agent without the SDK, in session with the node. */
export async function joinRaw(node: JoinFile, identity: Identity, options?: RawSocketOptions): Promise<WireSession> {
  return await joinOver(await RawSocket.open(node.url, options), node, identity)
}

/** The same, on a connection that is there. */
export async function joinOver<W extends Wire>(wire: W, node: JoinFile, identity: Identity): Promise<WireSession<W>> {
  const ended = await attempt(wire, node, identity)
  if (ended.type !== 'session')
    throw new Error(`could not join: ${ended.type === 'refused' ? ended.refusal.refusal : ended.type}`)
  return ended.session
}

/** A session of which every byte is in the test's hands; sealed as `docs/spec/session.md` says, not by the code under test. */
export class WireSession<W extends Wire = RawSocket> implements Disposable {
  readonly wire: W
  readonly did: Did
  readonly net: Uint8Array
  readonly #id: Uint8Array
  readonly #keys: readonly [own: Uint8Array, other: Uint8Array]
  #sent: number
  #received: number
  #frames: Frame[] = []

  constructor(
    wire: W,
    { secrets }: Established,
    did: Did,
    net: Uint8Array,
    role: 'initiator' | 'responder' = 'initiator',
  ) {
    const { id, initiatorKey, responderKey } = secrets
    this.wire = wire
    this.did = did
    this.net = net
    this.#id = id
    this.#keys = role === 'initiator' ? [initiatorKey, responderKey] : [responderKey, initiatorKey]
    // The welcome was the responder's message 0.
    this.#sent = role === 'initiator' ? 0 : 1
    this.#received = 1 - this.#sent
  }

  /** A message of frames, sealed and sent. */
  send(...frames: readonly Frame[]): void {
    this.wire.send(this.seal(plaintextOf(...frames)))
  }

  /** Seals any bytes, as the next message or as another. */
  seal(plaintext: Uint8Array, count: number = this.#sent++): Uint8Array {
    const cipher = createCipheriv('chacha20-poly1305', this.#keys[0], nonce(count), { authTagLength: 16 })
    cipher.setAAD(this.#id, { plaintextLength: plaintext.length })
    return new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]))
  }

  /** The next frame, or `null` where the connection ends before one comes. */
  async next(): Promise<Frame | null> {
    while (this.#frames.length === 0) {
      const message = await this.wire.next()
      if (!message) return null
      this.#frames = (decode(this.#open(message)) as [string, object][]).map(
        ([type, fields]) => ({ type, ...fields }) as Frame,
      )
    }
    return this.#frames.shift() as Frame
  }

  /** The next frame of this type; those before it are passed over. */
  async nextOf<T extends Frame['type']>(type: T): Promise<Extract<Frame, { type: T }> | null> {
    for (let frame = await this.next(); frame; frame = await this.next()) {
      if (frame.type === type) return frame as Extract<Frame, { type: T }>
    }
    return null
  }

  [Symbol.dispose](): void {
    this.wire[Symbol.dispose]()
  }

  #open(message: Uint8Array): Uint8Array {
    const end = message.length - 16
    const decipher = createDecipheriv('chacha20-poly1305', this.#keys[1], nonce(this.#received++), {
      authTagLength: 16,
    })
    decipher.setAAD(this.#id, { plaintextLength: end })
    decipher.setAuthTag(message.subarray(end))
    return new Uint8Array(Buffer.concat([decipher.update(message.subarray(0, end)), decipher.final()]))
  }
}

export function plaintextOf(...frames: readonly Frame[]): Uint8Array {
  return encode(frames.map(({ type, ...fields }) => [type, fields as { [key: string]: Encodable }]))
}

function netOf({ net }: JoinFile): Uint8Array {
  return new Uint8Array(Buffer.from(net, 'hex'))
}

function nonce(count: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeBigUInt64BE(BigInt(count), 4)
  return bytes
}
