import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { type JSONRPCMessage, JSONRPCMessageSchema, type RequestId } from '@modelcontextprotocol/sdk/types.js'
import type { Caller } from '@trustmesh/sdk'

/** The server's end of an MCP session over a mesh: what one caller says, each message with what it is answered. */
export class MeshServerTransport implements Transport {
  onclose?: () => void
  onmessage?: NonNullable<Transport['onmessage']>
  readonly #answers = new Map<RequestId, (answer: JSONRPCMessage) => void>()

  async start(): Promise<void> {}

  async close(): Promise<void> {
    this.onclose?.()
  }

  /** What the server says of itself, unasked, has no way to the caller. */
  async send(message: JSONRPCMessage): Promise<void> {
    if ('method' in message || message.id === undefined) return
    this.#answers.get(message.id)?.(message)
    this.#answers.delete(message.id)
  }

  /**
   * Takes in what a caller says; resolves to the answer, or `null` where there is none to wait for. Rejects for what is no
   * message.
   */
  async receive(content: unknown, caller: Caller): Promise<JSONRPCMessage | null> {
    const message = JSONRPCMessageSchema.parse(content)
    // In MCP the client of a session is whoever the transport says that it is: here, a Did that was proved end to end.
    const authInfo = { token: '', clientId: caller.did, scopes: [], extra: { caller } }
    const isAsked = 'method' in message && 'id' in message
    return await new Promise((resolve) => {
      if (isAsked) {
        this.#answers.set(message.id, resolve)
        caller.signal.addEventListener('abort', () => this.#answers.delete(message.id))
      } else resolve(null)
      this.onmessage?.(message, { authInfo })
    })
  }
}
