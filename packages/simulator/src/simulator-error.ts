/** Every way in which an experiment can fail to give figures. Codes are stable: match on them, never on text. */
export type SimulatorErrorCode =
  /** Two folders have no measure, or not the same points, to be compared. */
  | 'comparison.nothing'
  /** More points than anybody looks at: a slip in a sweep. */
  | 'experiment.size'
  | 'manifest.malformed'
  | 'parameter.malformed'
  | 'parameter.unknown'
  /** A folder has results of another experiment. */
  | 'results.exist'
  | 'results.malformed'
  | 'results.missing'
  | 'run.failed'
  | 'run.timeout'
  | 'scenario.malformed'
  | 'scenario.unknown'
  | 'simulation.cancelled'
  /** Whatever ran, nothing was measured in it. */
  | 'simulation.nothing-sampled'

/** What stopped an experiment: what is wrong, and, where there is something to do about it, what. */
export class SimulatorError extends Error {
  readonly code: SimulatorErrorCode
  /** The reasons, or the candidates, one each. */
  readonly why: readonly string[]
  readonly fix: string | undefined

  constructor(
    code: SimulatorErrorCode,
    message: string,
    options: { cause?: unknown; why?: readonly string[]; fix?: string } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'SimulatorError'
    this.code = code
    this.why = options.why ?? []
    this.fix = options.fix
  }
}
