import type { Denial } from '@trustmesh/trust'

/** Every way in which something asked of a mesh can fail. Codes that begin with `message.` or `query.` come from the node. */
export type MeshErrorCode =
  | 'config.malformed'
  | 'config.missing'
  | 'kind.malformed'
  | 'mesh.busy'
  | 'mesh.closed'
  | 'mesh.disconnected'
  | 'mesh.revoked'
  | 'message.forged-sender'
  | 'message.rate-limited'
  | 'message.recipient-busy'
  | 'message.recipient-offline'
  | 'message.recipient-unknown'
  | 'message.sender-cut-off'
  | 'message.refused'
  | 'message.too-big'
  | 'query.rate-limited'
  | 'request.aborted'
  | 'request.denied'
  | 'request.failed'
  | 'request.no-handler'
  | 'request.timeout'
  | 'statement.refused'
  | 'uses.unavailable'

/** What went wrong, and, where somebody's gate said no, its {@link Denial}: why, and what would change it. */
export class MeshError extends Error {
  readonly code: MeshErrorCode
  readonly denial: Denial | undefined
  /** The code that the node or the other agent gave, where there is one. */
  readonly detail: string | undefined

  constructor(code: MeshErrorCode, options: { cause?: unknown; denial?: Denial; detail?: string } = {}) {
    const { denial, detail } = options
    const text = denial ? `${denial.why.join('; ')} → ${denial.fix}` : detail
    super(text ? `${code}: ${text}` : code, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'MeshError'
    this.code = code
    this.denial = denial
    this.detail = detail
  }
}
