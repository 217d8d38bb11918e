import { WebSocket } from 'ws'

/**
 * What libp2p 3 takes for granted and Node 20 has not: `Promise.withResolvers` and a global `WebSocket`. It must be
 * imported before libp2p. The WebSocket is that of `ws` without compression, which costs less CPU here than the one
 * behind `--experimental-websocket`. Where Node has them itself, nothing is touched.
 */
const globals = globalThis as { WebSocket?: unknown }
const promises = Promise as { withResolvers?: unknown }

globals.WebSocket ??= class extends WebSocket {
  constructor(url: string) {
    super(url, { perMessageDeflate: false })
  }
}

promises.withResolvers ??= function withResolvers(this: PromiseConstructor): object {
  let settle: object | undefined
  const promise = new this((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { promise, ...settle }
}
