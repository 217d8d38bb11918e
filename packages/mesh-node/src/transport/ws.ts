import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { CLOSE_CODES, LIMITS } from '@trustmesh/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import type { JoinFile } from '../join-file.ts'
import { NodeError } from '../node-error.ts'
import type { ServedCertificate } from '../tls/served-certificate.ts'
import { clientAddress } from './client-address.ts'
import type { Accept } from './connection.ts'
import type { Sockets } from './sockets.ts'
import { takeWs } from './ws-connection.ts'

export interface WsListenerOptions {
  readonly host: string
  readonly port: number
  readonly accept: Accept
  readonly sockets: Sockets
  /** Values of `Origin` that may open a connection. Browsers send one, programs do not. */
  readonly allowedOrigins: readonly string[]
  /** Whether an address is that of a proxy whose `X-Forwarded-For` is believed; nobody's unless told otherwise. */
  readonly isProxy?: (address: string) => boolean
  /** Without one it listens without TLS. */
  readonly certificate?: ServedCertificate | undefined
  /** The join file, for programs on this machine that ask for `/join.json`. */
  readonly joinFile: (url: string) => JoinFile
}

/** Where connections come in over WebSocket. */
export interface WsListener {
  readonly url: string
  close(): Promise<void>
}

/** A header or a byte of one that comes in drips must not hold a socket (threat H12). */
const HEADERS_MS = 3_000
const CLOSE_GRACE_MS = 2_000
/** Where a program on this machine finds out how to join. */
const JOIN_PATH = '/join.json'

export async function listenWs(options: WsListenerOptions): Promise<WsListener> {
  const { host, port, sockets, allowedOrigins, certificate, isProxy = () => false } = options
  const http = createHttp(certificate)
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    perMessageDeflate: false,
    maxPayload: LIMITS.messageBytes,
    maxFragments: 16,
    maxBufferedChunks: 64,
    skipUTF8Validation: true,
    closeTimeout: CLOSE_GRACE_MS,
  } as ConstructorParameters<typeof WebSocketServer>[0])

  http.on('connection', (socket) => sockets.arrive(socket))
  http.on('request', (request, response) => {
    if (asksHere(request)) {
      response.writeHead(200, { connection: 'close', 'content-type': 'application/json' })
      return response.end(JSON.stringify(options.joinFile(url())))
    }
    sockets.refuse(request.socket, 'upgrade.required')
    return response.writeHead(426, { connection: 'close', upgrade: 'websocket' }).end()
  })
  http.on('clientError', ({ code }: NodeJS.ErrnoException, socket) => {
    // Whoever just went away has broken no rule.
    if (code === 'ERR_HTTP_REQUEST_TIMEOUT') sockets.refuse(socket as Socket, 'socket.timeout')
    else if (code?.startsWith('HPE_')) sockets.refuse(socket as Socket, 'upgrade.malformed')
    else if (code?.startsWith('ERR_SSL_')) sockets.refuse(socket as Socket, 'socket.tls')
    socket.destroy()
  })
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { origin } = request.headers
    if (origin !== undefined && !allowedOrigins.includes(origin)) {
      sockets.refuse(request.socket, 'upgrade.origin')
      return turnAway(socket, '403 Forbidden')
    }
    const forwardedFor = request.headers['x-forwarded-for']?.toString()
    const address = clientAddress(request.socket.remoteAddress ?? '', forwardedFor, isProxy)
    if (!sockets.standsFor(request.socket, address)) return turnAway(socket, '503 Service Unavailable')
    server.handleUpgrade(request, socket, head, (ws) => receive(ws, address, request.socket, options))
  })
  server.on('wsClientError', (_error, socket, request) => {
    sockets.refuse(request.socket, 'upgrade.malformed')
    turnAway(socket, '400 Bad Request')
  })

  const url = (): string => {
    const { port } = http.address() as AddressInfo
    return `${certificate ? 'wss' : 'ws'}://${host.includes(':') ? `[${host}]` : host}:${port}`
  }
  await listening(http, host, port)
  return {
    url: url(),
    async close() {
      for (const ws of server.clients) ws.close(CLOSE_CODES['node.draining'].ws)
      const done = new Promise<void>((resolve) => http.close(() => resolve()))
      sockets.closeAll(CLOSE_GRACE_MS)
      await done
    },
  }
}

/** A program on this machine that wants to join: not a page that somebody else has put there under another name (threat P3). */
function asksHere({ method, url, headers, socket }: IncomingMessage): boolean {
  const [host] = (headers.host ?? '').split(/:\d+$/)
  const isDirect = isLoopback(socket.remoteAddress ?? '') && headers['x-forwarded-for'] === undefined
  const isHere = isDirect && ['127.0.0.1', '[::1]', 'localhost'].includes(host ?? '')
  return isHere && method === 'GET' && url === JOIN_PATH && headers.origin === undefined
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address)
}

function turnAway(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}

function receive(ws: WebSocket, address: string, socket: Socket, { accept, sockets }: WsListenerOptions): void {
  sockets.upgraded(socket)
  takeWs(ws, { address, proved: () => sockets.proved(socket) }, accept)
}

function createHttp(certificate: ServedCertificate | undefined): Server {
  const times = { headersTimeout: HEADERS_MS, requestTimeout: HEADERS_MS, connectionsCheckingInterval: 500 }
  if (!certificate) return createServer(times)
  const server = createTlsServer({ ...times, ...certificate.options, handshakeTimeout: HEADERS_MS })
  certificate.serveOn(server)
  return server
}

function listening(http: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    http.on('error', (cause) => reject(new NodeError('listen.failed', { cause })))
    http.listen(port, host, () => resolve())
  })
}
