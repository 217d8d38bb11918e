import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Wire } from './wire.ts'

export interface FrameOptions {
  readonly opcode?: number
  readonly fin?: boolean
  /** The three reserved bits; 4 is the one of compression. */
  readonly rsv?: number
  readonly masked?: boolean
  /** What the header says, whatever follows. */
  readonly length?: number
}

export const TEXT = 1
export const BINARY = 2
export const CONTINUATION = 0
const CLOSE = 8
const PING = 9

/** A WebSocket frame (RFC 6455 §5.2), under a mask of zeros. */
export function wsFrame(payload: Uint8Array, options: FrameOptions = {}): Buffer {
  const { opcode = BINARY, fin = true, rsv = 0, masked = true, length = payload.length } = options
  const size = Buffer.alloc(8)
  size.writeBigUInt64BE(BigInt(length))
  const [short, extended] = length < 126 ? [length, 8] : length < 65_536 ? [126, 6] : [127, 0]
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode, (masked ? 0x80 : 0) | short]
  return Buffer.concat([Buffer.from(head), size.subarray(extended), Buffer.alloc(masked ? 4 : 0), payload])
}

export interface RawSocketOptions {
  /** The host that this one plays: any address of 127.0.0.0/8. */
  readonly localAddress?: string
  /** More lines for the head of the upgrade. */
  readonly headers?: readonly string[]
}

/** A WebSocket client that hides nothing: it sends what the test says, byte for byte, and is as impolite as it is told. */
export class RawSocket implements Wire {
  readonly tcp: Socket
  readonly closed: Promise<number | null>
  /** Answers pings, close frames and the end of the connection, as a client should. */
  isPolite = true
  readonly #messages: Uint8Array[] = []
  #head: string | undefined
  #isUpgraded = false
  #bytes = Buffer.alloc(0)
  #code: number | null = null
  #isClosed = false
  #wake: () => void = () => {}

  static async connect(url: string, { localAddress }: RawSocketOptions = {}): Promise<RawSocket> {
    const { hostname, port } = new URL(url)
    const from = localAddress ? { localAddress } : {}
    const tcp = connect({ host: hostname, port: Number(port), allowHalfOpen: true, ...from })
    const raw = new RawSocket(tcp)
    await once(tcp, 'connect')
    return raw
  }

  /** Connected, and past the upgrade. */
  static async open(url: string, options: RawSocketOptions = {}): Promise<RawSocket> {
    const raw = await RawSocket.connect(url, options)
    const head = await raw.upgrade(options.headers)
    if (!head.startsWith('HTTP/1.1 101')) throw new Error('the upgrade was refused')
    return raw
  }

  private constructor(tcp: Socket) {
    this.tcp = tcp
    // Being cut off is what many of these tests are about; `closed` tells.
    tcp.on('error', () => {})
    tcp.on('data', (bytes) => this.#read(bytes))
    tcp.on('end', () => this.isPolite && tcp.end())
    this.closed = new Promise((resolve) => {
      tcp.once('close', () => {
        this.#isClosed = true
        this.#wake()
        resolve(this.#code)
      })
    })
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Sends the head of an upgrade; gives the head of the answer, empty where there is none. */
  async upgrade(headers: readonly string[] = []): Promise<string> {
    this.tcp.write(upgradeRequest(headers))
    while (this.#head === undefined && !this.#isClosed) await this.#news()
    return this.#head ?? ''
  }

  write(bytes: Uint8Array): void {
    this.tcp.write(bytes)
  }

  send(payload: Uint8Array, options?: FrameOptions): void {
    this.tcp.write(wsFrame(payload, options))
  }

  async next(): Promise<Uint8Array | null> {
    while (this.#messages.length === 0 && !this.#isClosed) await this.#news()
    return this.#messages.shift() ?? null
  }

  [Symbol.dispose](): void {
    this.tcp.destroy()
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #read(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    if (!this.#isUpgraded) this.#readHead()
    if (this.#isUpgraded) while (this.#readFrame());
    this.#wake()
  }

  #readHead(): void {
    const end = this.#bytes.indexOf('\r\n\r\n')
    if (end === -1) return
    this.#head = this.#bytes.subarray(0, end).toString('latin1')
    this.#bytes = this.#bytes.subarray(end + 4)
    this.#isUpgraded = this.#head.startsWith('HTTP/1.1 101')
  }

  #readFrame(): boolean {
    const bytes = this.#bytes
    const [first = 0, short = 0] = bytes
    const at = short < 126 ? 2 : short === 126 ? 4 : 10
    if (bytes.length < 2 || bytes.length < at) return false
    const length = at === 2 ? short : at === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    if (bytes.length < at + length) return false
    this.#bytes = bytes.subarray(at + length)
    this.#frame(first & 0x0f, bytes.subarray(at, at + length))
    return true
  }

  #frame(opcode: number, payload: Buffer): void {
    if (opcode === BINARY) this.#messages.push(new Uint8Array(payload))
    if (opcode === CLOSE) {
      this.#code = payload.length >= 2 ? payload.readUInt16BE(0) : null
      if (this.isPolite) this.tcp.end(wsFrame(payload, { opcode: CLOSE }))
    }
    if (opcode === PING && this.isPolite) this.send(payload, { opcode: 10 })
  }
}

export function upgradeRequest(headers: readonly string[] = []): Buffer {
  const lines = [
    'GET / HTTP/1.1',
    'Host: 127.0.0.1',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}
