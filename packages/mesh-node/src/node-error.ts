/** Every way in which a node's own surroundings, or a request of its operator, can be wrong. Codes are stable. */
export type NodeErrorCode =
  | 'admin.failed'
  | 'admin.forbidden'
  | 'admin.host'
  | 'admin.idempotency-conflict'
  | 'admin.idempotency-key'
  | 'admin.invalid-body'
  | 'admin.invalid-query'
  | 'admin.media-type'
  | 'admin.no-authority'
  | 'admin.not-awaiting'
  | 'admin.not-found'
  | 'admin.not-ready'
  | 'admin.origin'
  | 'admin.own-approval'
  | 'admin.own-key'
  | 'admin.rate-limited'
  | 'admin.too-large'
  | 'admin.too-many-awaiting'
  | 'admin.too-many-streams'
  | 'admin.unauthenticated'
  | 'audit.unavailable'
  | 'backup.damaged'
  | 'backup.exists'
  | 'backup.failed'
  | 'backup.malformed'
  | 'backup.not-empty'
  | 'config.invalid'
  | 'listen.failed'
  | 'login.capability'
  | 'login.challenge'
  | 'login.invocation'
  | 'mesh.exists'
  | 'mesh.malformed'
  | 'mesh.not-joined'
  | 'mesh.root-key'
  | 'node.stop-failed'
  | 'production.refused'
  | 'statement.refused'
  | 'store.closed'
  | 'store.corrupt'
  | 'store.failed'
  | 'store.key'
  | 'store.locked'
  | 'store.not-durable'
  | 'store.read-only'
  | 'store.version'
  | 'tls.invalid'
  | 'tokens.exists'
  | 'tokens.malformed'
  | 'tokens.name'
  | 'tokens.permissions'
  | 'webhook.address'
  | 'webhook.not-found'
  | 'webhook.too-many'
  | 'webhook.unresolved'
  | 'webhook.url'
  | 'webhooks.malformed'
  | 'webhooks.permissions'

/** One thing that is wrong with a document, and where: `limits.maxSessions`, or the empty path for the document itself. */
export interface Problem {
  /** Who says so, where that is known: `FILE:LINE:COLUMN`, `env NAME`, `flag`. */
  readonly at?: string
  readonly path: string
  readonly problem: string
  /** Of what has one: a stable code, and the command or the line of the config that mends it. */
  readonly code?: string
  readonly mend?: string
}

/** Broken input, misuse or failed I/O. The message never repeats what a remote party sent (threat S19). */
export class NodeError extends Error {
  readonly code: NodeErrorCode
  /** Of `config.invalid`: everything that is wrong, not only the first thing. */
  readonly problems: readonly Problem[]

  constructor(code: NodeErrorCode, options: { cause?: unknown; detail?: string; problems?: readonly Problem[] } = {}) {
    const { detail, problems = [] } = options
    const text =
      detail ??
      problems.map(({ at, code, path, problem }) => [at, code, path, problem].filter(Boolean).join(': ')).join('; ')
    super(text ? `${code}: ${text}` : code, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'NodeError'
    this.code = code
    this.problems = problems
  }
}
