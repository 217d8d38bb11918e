import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { type JSONRPCMessage, JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js'
import type { Chain, Did, Encodable, Mesh } from '@trustmesh/sdk'

const CALL_MS = 60_000

/** The client's end of an MCP session over a mesh: each message is a request to one Did, and nobody else can read or answer it. */
export class MeshClientTransport implements Transport {
  onclose?: () => void
  onmessage?: NonNullable<Transport['onmessage']>
  readonly #mesh: Mesh
  readonly #server: Did
  /** By the tool that they are for. */
  readonly #chains: Readonly<Record<string, Chain>>

  constructor(mesh: Mesh, server: Did, chains: Readonly<Record<string, Chain>> = {}) {
    this.#mesh = mesh
    this.#server = server
    this.#chains = chains
  }

  async start(): Promise<void> {}

  async close(): Promise<void> {
    this.onclose?.()
  }

  /** Rejects with the denial where the server does not let this agent in. */
  async send(message: JSONRPCMessage): Promise<void> {
    const chain =
      'method' in message && message.method === 'tools/call' && this.#chains[String(message.params?.['name'])]
    const [kind, options] = chain ? [chain.can, { chain }] : ['mcp', {}]
    const content = message as unknown as Encodable
    const answer = await this.#mesh.request(this.#server, kind, content, { ...options, timeoutMs: CALL_MS })
    if (answer !== null) this.onmessage?.(JSONRPCMessageSchema.parse(answer))
  }
}
