import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'

/** What has come in. */
export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface ReceiverOptions {
  /** 127.0.0.1 unless told otherwise. */
  readonly host?: string
  readonly port?: number
  readonly tls?: { readonly cert: string; readonly key: string }
  /** With 204 unless told otherwise; called once the request is there. */
  readonly answer?: RequestListener
}

/** Somebody's server, to which events are sent. */
export class Receiver implements AsyncDisposable {
  readonly received: Received[] = []
  /** How it answers from now on. */
  answer: RequestListener
  /** Connections that it has seen. */
  connections = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  static async start(options: ReceiverOptions = {}): Promise<Receiver> {
    const receiver = new Receiver(options)
    const { host = '127.0.0.1', port = 0 } = options
    receiver.#server.listen(port, host)
    await once(receiver.#server, 'listening')
    return receiver
  }

  private constructor({ tls, answer = (_, response) => response.writeHead(204).end() }: ReceiverOptions) {
    this.answer = answer
    const take: RequestListener = async (request, response) => {
      const body = await text(request).catch(() => '')
      this.received.push({ path: request.url ?? '', headers: request.headers, body })
      this.answer(request, response)
    }
    this.#server = tls ? createTlsServer(tls, take) : createServer(take)
    this.#server.on('connection', (socket: Socket) => {
      this.connections++
      this.#sockets.add(socket)
      socket.on('error', () => {})
    })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`
  }

  /** The kinds of the events that have come, in order. */
  get kinds(): string[] {
    return this.received.map(({ body }) => (JSON.parse(body) as { type: string }).type)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
