import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What is answered to `METHOD /path`: a body as JSON with 200, or whatever a function does. */
export type Answers = Readonly<Record<string, object | ((request: IncomingMessage, response: ServerResponse) => void)>>

/** Stands in for the admin API where a real node would not answer that: another version, a failure, a wrong clock. */
export class StandIn implements AsyncDisposable {
  /** `METHOD /path?query`, in the order in which they came. */
  readonly asked: string[] = []
  readonly #server: Server

  static async open(answers: Answers): Promise<StandIn> {
    const standIn = new StandIn(answers)
    await once(standIn.#server.listen(0, '127.0.0.1'), 'listening')
    return standIn
  }

  private constructor(answers: Answers) {
    this.#server = createServer((request, response) => {
      this.asked.push(`${request.method} ${request.url}`)
      const answer = answers[`${request.method} ${request.url?.replace(/\?.*$/, '')}`]
      if (typeof answer === 'function') answer(request, response)
      else if (answer) reply(response, 200, answer)
      else refuse(response, 404, 'admin.not-found')
    })
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The environment in which commands speak with it. */
  get env(): Record<string, string> {
    return { TRUSTMESH_ADMIN_URL: this.url, TRUSTMESH_TOKEN: 'tmop_a-token' }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

export function reply(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** A problem document. */
export function refuse(response: ServerResponse, status: number, code: string): void {
  reply(
    response,
    status,
    { type: 'about:blank', title: 'No', status, code },
    { 'content-type': 'application/problem+json' },
  )
}
