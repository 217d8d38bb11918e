import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Nothing from elsewhere, nothing inline, no code from text: the strictest policy that a page can have and still be an agent. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws://127.0.0.1:*"
const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css',
  html: 'text/html',
  js: 'text/javascript',
  json: 'application/json',
}

/** A web site on this machine. */
export class PageServer implements AsyncDisposable {
  readonly #server: Server
  readonly #files: Map<string, Uint8Array | string>

  /** Of these files by their names, of which `index.html` is what it shows. */
  static async start(files: Iterable<readonly [string, Uint8Array | string]>): Promise<PageServer> {
    const site = new PageServer(new Map(files))
    await once(site.#server.listen(0, '127.0.0.1'), 'listening')
    return site
  }

  private constructor(files: Map<string, Uint8Array | string>) {
    this.#files = files
    this.#server = createServer(({ url = '' }, response) => {
      const name = url.split('?')[0]?.slice(1) || 'index.html'
      const content = files.get(name)
      const type = TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
      // A browser asks for an icon by itself.
      if (content === undefined) response.writeHead(name === 'favicon.ico' ? 204 : 404).end()
      else
        response
          .writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': POLICY })
          .end(content)
    })
  }

  /** What a browser says of its pages, and what a node has to allow. */
  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on. */
  put(name: string, content: string): void {
    this.#files.set(name, content)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
