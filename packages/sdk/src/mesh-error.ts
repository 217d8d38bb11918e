import type { Denial } from '@trustmesh/trust'

/** Every way in which something asked of a mesh can fail. Codes that begin with `message.` or `query.` come from the node. */
export type MeshErrorCode =
  | 'answer.forged'
  | 'config.malformed'
  | 'config.missing'
  | 'kind.malformed'
  | 'mesh.busy'
  | 'mesh.closed'
  | 'mesh.disconnected'
  | 'mesh.revoked'
  | 'message.forged-sender'
  | 'message.interrupted'
  | 'message.no-lease'
  | 'message.no-route'
  | 'message.rate-limited'
  | 'message.recipient-busy'
  | 'message.recipient-offline'
  | 'message.recipient-unknown'
  | 'message.sender-cut-off'
  | 'message.refused'
  | 'message.too-big'
  | 'message.unconfirmed'
  | 'peer.cut-off'
  | 'peer.self'
  | 'query.rate-limited'
  | 'recovery.refused'
  | 'query.too-much'
  | 'question.malformed'
  | 'request.aborted'
  | 'request.denied'
  | 'request.draining'
  | 'request.failed'
  | 'request.is-stream'
  | 'request.no-handler'
  | 'request.timeout'
  | 'rotation.no-heir'
  | 'rotation.uncommitted'
  | 'statement.refused'
  | 'uses.unavailable'

/** What a node says of messages, and callers may want to tell apart. */
const OF_MESSAGES = [
  'message.forged-sender',
  'message.no-lease',
  'message.no-route',
  'message.rate-limited',
  'message.recipient-busy',
  'message.recipient-offline',
  'message.recipient-unknown',
  'message.sender-cut-off',
  'message.unconfirmed',
] as const satisfies readonly MeshErrorCode[]

/** The code for what a node says has become of a message. */
export function messageCode(code: string): MeshErrorCode {
  return OF_MESSAGES.find((known) => known === code) ?? 'message.refused'
}

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
