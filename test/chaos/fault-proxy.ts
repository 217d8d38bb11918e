import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A way from one to another over TCP that can be slow, silent or cut. Keeps its own address wherever it leads. */
export class FaultProxy implements AsyncDisposable {
  /** Where it leads; nowhere, and it lets nobody through. */
  target: number | undefined
  /** How long each piece takes. */
  delayMs = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #passage: Promise<void> = Promise.resolve()
  #open: () => void = () => {}

  static async start(): Promise<FaultProxy> {
    const proxy = new FaultProxy()
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening')
    return proxy
  }

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true }, (near) => this.#join(near))
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on nothing passes, and nobody is told: what is sent waits. */
  stall(): void {
    this.mend()
    this.#passage = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  mend(): void {
    this.#open()
  }

  /** Ends every connection that there is. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.mend()
    this.cut()
    await closed
  }

  #join(near: Socket): void {
    if (this.target === undefined) return void near.destroy()
    const far = connect({ host: '127.0.0.1', port: this.target, allowHalfOpen: true, noDelay: true })
    near.setNoDelay()
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from)
      from.once('close', () => this.#sockets.delete(from))
      from.on('error', () => {})
      void this.#pass(from, to).catch(() => to.destroy())
    }
  }

  async #pass(from: Socket, to: Socket): Promise<void> {
    for await (const bytes of from) {
      if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs))
      await this.#passage
      to.write(bytes as Uint8Array)
    }
    await this.#passage
    to.end()
  }
}
