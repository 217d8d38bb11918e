import { MeshError, type MeshErrorCode } from '../mesh-error.ts'

/** What can become of something that was asked of another agent. */
export const OUTCOMES = ['success', 'failure', 'timeout', 'denied'] as const
/** What became of something that was asked of another agent. */
export type Outcome = (typeof OUTCOMES)[number]

/** All others are about the node between, or about whoever asked. */
const OF_ERRORS: Partial<Record<MeshErrorCode, Outcome>> = {
  'request.denied': 'denied',
  'request.failed': 'failure',
  'request.timeout': 'timeout',
}

/** What an error says of the agent that was asked; `null` where it says nothing of it. */
export function outcomeOf(error: unknown): Outcome | null {
  return error instanceof MeshError ? (OF_ERRORS[error.code] ?? null) : null
}
