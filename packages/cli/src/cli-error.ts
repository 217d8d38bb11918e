/** Every way in which a command can end without its answer, for a reason of its own. Codes are stable. */
export type CliErrorCode =
  | 'audit.faulty'
  | 'cli.ambiguous'
  | 'cli.no-context'
  | 'cli.no-credential'
  | 'cli.no-simulator'
  | 'cli.not-found'
  | 'cli.timeout'
  | 'cli.unreachable'
  | 'cli.usage'
  | 'config.faulty'
  | 'contexts.malformed'
  | 'contexts.permissions'

/** What stopped a command: what is wrong, and, where somebody knows, what would mend it. */
export class CliError extends Error {
  readonly code: CliErrorCode
  /** The reasons, or the candidates, one each. */
  readonly why: readonly string[]
  /** What to do, best as a command. */
  readonly fix: string | undefined

  constructor(
    code: CliErrorCode,
    message: string,
    options: { cause?: unknown; why?: readonly string[]; fix?: string } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'CliError'
    this.code = code
    this.why = options.why ?? []
    this.fix = options.fix
  }
}
