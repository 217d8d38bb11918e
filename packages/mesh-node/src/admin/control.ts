import type { Did, StatementId } from '@trustmesh/identity'

/** An agent as its operator sees it. */
export interface AgentView {
  readonly did: Did
  /** What it calls itself: to be shown, never to be decided upon. */
  readonly name?: string
  readonly connected: boolean
  readonly status: string
  /** 0 to 1000. */
  readonly score: number
  readonly tier: string
  /** Thousandths. */
  readonly confidence: number
  /** How many it has open here. */
  readonly sessions: number
}

/** A Did to be cut off for good, and why. */
export interface RevocationRequest {
  readonly did: Did
  readonly reason: string
}

/** What a revocation has done. */
export interface RevocationResult {
  readonly statement: StatementId
  readonly did: Did
  readonly sessionsClosed: number
  /** False where the disk failed: it is in force and told to all, and is written when that can be. */
  readonly durable: boolean
  /** False where the Did was revoked before: `statement` is then the one that did it. */
  readonly created: boolean
}

/** One thing that must hold for the node to serve. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail?: string
}

/** What operators may see and do. The node implements it; HTTP, and whatever comes beside it, only translate. */
export interface AdminControl {
  agents(): readonly AgentView[]
  /** Resolves when the revocation is in force, the sessions of the Did are closed, and it is durable or cannot be made so. */
  revoke(request: RevocationRequest): Promise<RevocationResult>
  checks(): readonly Check[]
}
