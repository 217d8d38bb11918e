/** Something that may never happen has happened. */
export class Violation extends Error {
  /** Which of the invariants does not hold: a stable code. */
  readonly code: ViolationCode

  constructor(code: ViolationCode, detail: string) {
    super(`${code}: ${detail}`)
    this.name = 'Violation'
    this.code = code
  }
}

/** What was promised and did not hold. */
export type ViolationCode =
  /** Nodes that could hear each other for long enough hold different things, or make something else of them. */
  | 'convergence'
  /** What was acknowledged is gone. */
  | 'durability'
  /** A Did that a node held for revoked is not, or still has a session there. */
  | 'resurrection'
  /** A node handed on a message of a Did that it held for revoked. */
  | 'acceptance'
  /** A message came twice, or after one that was sent after it. */
  | 'order'
