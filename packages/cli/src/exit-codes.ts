import { IdentityError } from '@trustmesh/identity'
import { NodeError } from '@trustmesh/mesh-node/setup'
import { MeshError } from '@trustmesh/sdk'
import type { SimulatorErrorCode } from '@trustmesh/simulator'
import { TrustError } from '@trustmesh/trust'
import { CliError, type CliErrorCode } from './cli-error.ts'
import { Problem } from './client.ts'
import { isMisuse } from './command.ts'
import { isSimulatorError } from './simulator.ts'

/** What the process ends with. Scripts rely on these numbers: none ever changes its meaning. */
export const EXIT = {
  ok: 0,
  failure: 1,
  /** The command, its arguments, or the config. */
  usage: 2,
  notFound: 3,
  /** By a gate, or by the admin API. */
  denied: 4,
  /** Nobody answers there, or not in time. */
  unreachable: 5,
  /** A check was made, and does not hold: `audit verify`, `doctor`, `config validate`, `sim run`, `sim replay`. */
  checkFailed: 6,
  /** In force here, and not yet confirmed everywhere. */
  partlyApplied: 7,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

const OF_CLI: Readonly<Record<CliErrorCode, ExitCode>> = {
  'audit.faulty': EXIT.checkFailed,
  'cli.ambiguous': EXIT.usage,
  'cli.no-context': EXIT.notFound,
  'cli.no-credential': EXIT.denied,
  'cli.no-simulator': EXIT.notFound,
  'cli.not-found': EXIT.notFound,
  'cli.timeout': EXIT.unreachable,
  'cli.unreachable': EXIT.unreachable,
  'cli.usage': EXIT.usage,
  'config.faulty': EXIT.checkFailed,
  'contexts.malformed': EXIT.failure,
  'contexts.permissions': EXIT.failure,
}

const OF_SIMULATOR: Readonly<Record<SimulatorErrorCode, ExitCode>> = {
  'comparison.nothing': EXIT.usage,
  'experiment.size': EXIT.usage,
  'manifest.malformed': EXIT.usage,
  'parameter.malformed': EXIT.usage,
  'parameter.unknown': EXIT.usage,
  'results.exist': EXIT.usage,
  'results.malformed': EXIT.usage,
  'results.missing': EXIT.notFound,
  'run.failed': EXIT.failure,
  'run.timeout': EXIT.failure,
  'scenario.malformed': EXIT.usage,
  'scenario.unknown': EXIT.usage,
  'simulation.cancelled': EXIT.failure,
  'simulation.nothing-sampled': EXIT.failure,
}

/** What others report by a code, where that is no plain failure. */
const OF_CODES: Readonly<Record<string, ExitCode>> = {
  'config.invalid': EXIT.usage,
  'config.malformed': EXIT.usage,
  'config.missing': EXIT.notFound,
  'invitation.malformed': EXIT.usage,
  'kind.malformed': EXIT.usage,
  'mesh.disconnected': EXIT.unreachable,
  'mesh.not-joined': EXIT.unreachable,
  'mesh.revoked': EXIT.denied,
  'message.recipient-offline': EXIT.unreachable,
  'message.recipient-unknown': EXIT.notFound,
  'message.sender-cut-off': EXIT.denied,
  'peer.cut-off': EXIT.denied,
  'question.malformed': EXIT.usage,
  'request.denied': EXIT.denied,
  'request.no-handler': EXIT.notFound,
  'request.timeout': EXIT.unreachable,
  'requirement.malformed': EXIT.usage,
}

const OF_STATUS: Readonly<Record<number, ExitCode>> = {
  400: EXIT.usage,
  401: EXIT.denied,
  403: EXIT.denied,
  404: EXIT.notFound,
  413: EXIT.usage,
  421: EXIT.denied,
}

/** The number for whatever a command has ended with; 1 for all that nobody has thought of. */
export function exitCodeOf(error: unknown): ExitCode {
  if (isMisuse(error)) return EXIT.usage
  if (error instanceof CliError) return OF_CLI[error.code]
  if (isSimulatorError(error)) return OF_SIMULATOR[error.code]
  if (error instanceof Problem) return OF_STATUS[error.status] ?? EXIT.failure
  if (error instanceof IdentityError && error.code.startsWith('did.')) return EXIT.usage
  const isOurs = [IdentityError, MeshError, NodeError, TrustError].some((kind) => error instanceof kind)
  return isOurs ? (OF_CODES[(error as { code: string }).code] ?? EXIT.failure) : EXIT.failure
}
