import { bytesToHex } from '@noble/hashes/utils.js'
import type { Clock, Did, Statement, StatementId, Verified } from '@trustmesh/identity'
import {
  type Explanation,
  isOver,
  parseAttestation,
  parseRevocation,
  parseSuspension,
  type Replica,
  type Standing,
} from '@trustmesh/trust'
import type {
  AgentView,
  AttestationView,
  DelegationView,
  MeshView,
  NodeView,
  RevocationView,
  SessionView,
  StatementView,
  SuspensionView,
} from '../admin/view.ts'
import type { MemberView } from '../links/backbone.ts'
import type { Mesh } from '../mesh.ts'
import type { NodeKeys } from '../mesh-keys.ts'
import type { Sessions } from '../sessions.ts'

export interface SurveyOptions {
  readonly mesh: Mesh
  readonly keys: NodeKeys
  readonly replica: Replica
  readonly sessions: Sessions
  readonly members: () => readonly MemberView[]
  readonly state: () => { readonly state: string; readonly fingerprint: string }
  readonly clock: Clock
}

/** What an operator sees of a node. Nothing is changed by looking. */
export class Survey {
  readonly #options: SurveyOptions

  constructor(options: SurveyOptions) {
    this.#options = options
  }

  mesh(): MeshView {
    const { mesh, keys, replica, state } = this.#options
    const { root, authorities, threshold, admission } = mesh
    return {
      ...{ net: bytesToHex(mesh.net), root, authorities, threshold, admission },
      ...{ node: keys.node.did, authority: keys.authority?.did ?? null },
      ...{ statements: replica.set.size, ...state() },
    }
  }

  agents(): readonly AgentView[] {
    return this.#options.sessions.seen().map((did) => this.#agent(did))
  }

  agent(did: Did): AgentView | null {
    const { replica, sessions } = this.#options
    const view = this.#agent(did)
    const isKnown = sessions.hasSeen(did) || view.status !== 'unknown' || replica.set.manifestOf(did) !== null
    return isKnown || replica.set.delegationsTo(did).length > 0 ? view : null
  }

  standing(did: Did, ctx = ''): Standing {
    return this.#options.replica.standingOf(did, this.#now, ctx)
  }

  explanation(did: Did, ctx = ''): Explanation {
    return this.#options.replica.explain(did, this.#now, ctx)
  }

  nodes(): readonly NodeView[] {
    const { keys, replica, members, state } = this.#options
    const self = { did: keys.node.did, isSelf: true, isLinked: true, ageMs: 0 }
    return [
      { ...self, state: state().state, statements: replica.set.size },
      ...members().map(({ did, isLinked, head, ageMs }) => {
        return { did, isSelf: false, isLinked, ageMs, state: head?.state ?? null, statements: head?.count ?? null }
      }),
    ]
  }

  sessions(): readonly SessionView[] {
    return [...this.#options.sessions].map(({ did, address: peer, backlog }) => ({ did, peer, backlog }))
  }

  *statements(): Iterable<StatementView> {
    for (const statement of this.#held()) yield viewOf(statement)
  }

  statement(id: StatementId): StatementView | null {
    const statement = this.#options.replica.set.get(id)
    return statement && viewOf(statement)
  }

  *attestations(): Iterable<AttestationView> {
    const { set } = this.#options.replica
    for (const statement of this.#held('attestation')) {
      const { id, iss, sub, ctx, value, weight, evidenceAt, iat, exp } = parseAttestation(statement)
      const stands = set.attestationBy(iss, sub, ctx)?.id === id && this.#now < exp
      if (stands) yield { id, iss, sub, ctx, value, weight, evidenceAt, iat, exp }
    }
  }

  *delegations(): Iterable<DelegationView> {
    const { set } = this.#options.replica
    const ends = { now: this.#now, isOut: (did: Did) => set.isRevoked(did) }
    for (const delegation of set.delegations()) {
      const { id, iss, aud, can, where, depth, parent, iat, exp } = delegation
      yield { id, iss, aud, can, where, depth, parent, iat, exp, isOver: isOver(set, delegation, ends) }
    }
  }

  *revocations(): Iterable<RevocationView> {
    const { set } = this.#options.replica
    for (const statement of this.#held('revocation')) {
      const { id, signer: iss } = statement
      const { target, reason, iat } = parseRevocation(statement)
      const isInForce = 'did' in target ? set.isRevoked(target.did) : set.isVoid(target.iss, target.id)
      yield { id, iss, iat, target, reason, isInForce }
    }
  }

  *suspensions(): Iterable<SuspensionView> {
    const { set } = this.#options.replica
    for (const statement of this.#held('suspension')) {
      const { id, iss, sub, until, lifted, iat } = parseSuspension(statement)
      const isSilent = set.isRevoked(iss) || set.isVoid(iss, id)
      yield { id, iss, iat, sub, until, lifted, isInForce: !lifted && !isSilent && this.#now < until }
    }
  }

  #agent(did: Did): AgentView {
    const { replica, sessions } = this.#options
    const { status, score, tier, confidence } = this.standing(did)
    const here = sessions.of(did) ? 1 : 0
    const name = replica.set.manifestOf(did)?.name
    return { did, ...(name && { name }), connected: here > 0, status, score, tier, confidence, sessions: here }
  }

  *#held(type?: string): Iterable<Verified<Statement>> {
    for (const statement of this.#options.replica.set.statements()) {
      if (type === undefined || statement.type === type) yield statement
    }
  }

  get #now(): number {
    return this.#options.clock.now()
  }
}

function viewOf({ id, type, signer: iss, claim, bytes }: Verified<Statement>): StatementView {
  return { id, type, iss, iat: claim.iat, bytes }
}
