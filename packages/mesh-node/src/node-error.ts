/** Every way in which a node's own surroundings, or a request of its operator, can be wrong. Codes are stable. */
export type NodeErrorCode =
  | 'admin.failed'
  | 'admin.forbidden'
  | 'admin.host'
  | 'admin.invalid-body'
  | 'admin.invalid-query'
  | 'admin.media-type'
  | 'admin.no-authority'
  | 'admin.not-found'
  | 'admin.not-ready'
  | 'admin.origin'
  | 'admin.own-key'
  | 'admin.too-large'
  | 'admin.unauthenticated'
  | 'config.invalid'
  | 'listen.failed'
  | 'mesh.exists'
  | 'mesh.malformed'
  | 'mesh.not-joined'
  | 'mesh.root-key'
  | 'node.stop-failed'
  | 'store.closed'
  | 'store.corrupt'
  | 'store.failed'
  | 'store.key'
  | 'store.locked'
  | 'store.not-durable'
  | 'store.read-only'
  | 'store.version'
  | 'tokens.exists'
  | 'tokens.malformed'
  | 'tokens.name'
  | 'tokens.permissions'

/** One thing that is wrong with a document, and where: `limits.maxSessions`, or the empty path for the document itself. */
export interface Problem {
  readonly path: string
  readonly problem: string
}

/** Broken input, misuse or failed I/O. The message never repeats what a remote party sent (threat S19). */
export class NodeError extends Error {
  readonly code: NodeErrorCode
  /** Of `config.invalid`: everything that is wrong, not only the first thing. */
  readonly problems: readonly Problem[]

  constructor(code: NodeErrorCode, options: { cause?: unknown; detail?: string; problems?: readonly Problem[] } = {}) {
    const { detail, problems = [] } = options
    const text = detail ?? problems.map(({ path, problem }) => (path ? `${path}: ${problem}` : problem)).join('; ')
    super(text ? `${code}: ${text}` : code, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'NodeError'
    this.code = code
    this.problems = problems
  }
}
