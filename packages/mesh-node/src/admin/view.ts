import type { Did, StatementId } from '@trustmesh/identity'
import type { Attestation, Delegation, RevocationTarget } from '@trustmesh/trust'

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

/** The mesh as its members agree on it, and where this node stands in it. */
export interface MeshView {
  /** 64 hex digits. */
  readonly net: string
  readonly root: Did
  readonly authorities: readonly Did[]
  readonly threshold: number
  readonly admission: string
  readonly node: Did
  readonly state: string
  /** The Did in whose name this node revokes, suspends and attests; `null` where it holds no such key. */
  readonly authority: Did | null
  readonly statements: number
  /** Hex; the same at members that hold the same. */
  readonly fingerprint: string
}

/** A member of the mesh. */
export interface NodeView {
  readonly did: Did
  readonly isSelf: boolean
  readonly isLinked: boolean
  /** How old what is known of its revocations is, in ms; `null` where it has never been heard. */
  readonly ageMs: number | null
  /** What it last said of itself. */
  readonly state: string | null
  readonly statements: number | null
}

/** Somebody who is here. */
export interface SessionView {
  readonly did: Did
  /** Network address, without port. */
  readonly peer: string
  /** Bytes that wait for it. */
  readonly backlog: number
}

/** What is held of any kind. */
export interface StatementView {
  readonly id: StatementId
  readonly type: string
  readonly iss: Did
  /** ms. */
  readonly iat: number
  readonly bytes: Uint8Array
}

/** A revocation that is held. */
export interface RevocationView extends Omit<StatementView, 'type' | 'bytes'> {
  readonly target: RevocationTarget
  readonly reason: string
  /** False for a vote while there are too few. */
  readonly isInForce: boolean
}

/** The last that an authority has said of somebody. */
export interface SuspensionView extends Omit<StatementView, 'type' | 'bytes'> {
  readonly sub: Did
  readonly until: number
  readonly lifted: boolean
  readonly isInForce: boolean
}

/** Where a delegation can be used no longer it is over. */
export type DelegationView = Pick<
  Delegation,
  'id' | 'iss' | 'aud' | 'can' | 'where' | 'depth' | 'parent' | 'iat' | 'exp'
> & {
  readonly isOver: boolean
}

/** An attestation that stands. */
export type AttestationView = Pick<
  Attestation,
  'id' | 'iss' | 'sub' | 'ctx' | 'value' | 'weight' | 'evidenceAt' | 'iat' | 'exp'
>
