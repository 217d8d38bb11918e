import type { Clock, Did, Random, Statement, StatementId, Verified } from '@trustmesh/identity'
import type { Change, Replica } from '@trustmesh/trust'
import type { AdminControl, Check } from '../admin/control.ts'
import type { AuditLog } from '../audit/log.ts'
import type { Leases } from '../leases.ts'
import type { MemberView } from '../links/backbone.ts'
import type { Mesh } from '../mesh.ts'
import type { NodeKeys } from '../mesh-keys.ts'
import type { Sessions } from '../sessions.ts'
import type { Statements } from '../statements.ts'
import type { Timers } from '../timers.ts'
import { Acts } from './acts.ts'
import { Confirmations } from './confirmations.ts'
import { Deeds } from './deeds.ts'
import { Foresight } from './foresight.ts'
import type { Journal } from './journal.ts'
import { Operations } from './operations.ts'
import { Survey } from './survey.ts'

export interface GovernanceOptions {
  readonly mesh: Mesh
  readonly keys: NodeKeys
  readonly replica: Replica
  readonly statements: Statements
  readonly sessions: Sessions
  readonly leases: Leases
  readonly journal: Journal
  readonly secondOperatorAbove: number
  /** Members of the mesh that this node has heard of, and nodes that it is told to dial. */
  readonly members: () => readonly MemberView[]
  readonly peers: readonly Did[]
  readonly isMember: (did: Did) => boolean
  /** Asks another node which of these it holds on its disk. */
  readonly ask: (ids: readonly StatementId[], node: Did) => void
  readonly refusalOf: (statement: Verified<Statement>) => string | null
  readonly state: () => { readonly state: string; readonly fingerprint: string }
  readonly url: () => string | null
  readonly checks: () => readonly Check[]
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
}

/** What operators see of a node and do there, put together. */
export class Governance {
  /** For the admin API, and whatever comes beside it. */
  readonly control: AdminControl
  readonly #operations: Operations
  readonly #confirmations: Confirmations

  constructor(options: GovernanceOptions) {
    const { keys, journal, members, peers, isMember, statements, checks } = options
    const self = keys.node.did
    const foresight = new Foresight(options)
    const acts = new Acts({ ...options, foresight })
    const confirmations: Confirmations = new Confirmations({
      ...options,
      isLinked: (node) => node === self || members().some(({ did, isLinked }) => did === node && isLinked),
      isMember: (node) => node === self || isMember(node),
      statementsOf: ({ items }) => items.flatMap((item) => acts.inForceOf(item)),
      ask: (ids, node) => {
        if (node !== self) options.ask(ids, node)
        else void statements.kept(ids).then((kept) => confirmations.heard(kept, self))
      },
      confirmed: (record) => {
        record.durable ||= record.nodes.some(([did, at]) => did === self && at !== null)
        journal.keep(record).catch(() => {})
      },
    })
    const others = (): readonly Did[] => {
      const dids = new Set([...members().map(({ did }) => did), ...peers])
      return [...dids].filter((did) => did !== self && isMember(did))
    }
    const operations = new Operations({ ...options, node: self, acts, foresight, confirmations, members: others })
    const deeds = new Deeds({ ...options, operations })
    const survey = new Survey(options)
    this.#operations = operations
    this.#confirmations = confirmations
    this.control = {
      checks,
      mesh: () => survey.mesh(),
      agents: () => survey.agents(),
      agent: (did) => survey.agent(did),
      standing: (did, ctx) => survey.standing(did, ctx),
      explanation: (did, ctx) => survey.explanation(did, ctx),
      nodes: () => survey.nodes(),
      sessions: () => survey.sessions(),
      statements: () => survey.statements(),
      statement: (id) => survey.statement(id),
      attestations: () => survey.attestations(),
      delegations: () => survey.delegations(),
      revocations: () => survey.revocations(),
      suspensions: () => survey.suspensions(),
      preview: (order, by) => operations.preview(order, by),
      order: (order, by) => operations.order(order, by),
      operation: (id) => operations.get(id),
      operations: () => operations.all(),
      approve: (id, by) => operations.approve(id, by),
      reject: (id, by) => operations.reject(id, by),
      accept: (envelope, by) => deeds.accept(envelope, by),
      invite: (request, by) => deeds.invite(request, by),
    }
  }

  /** Carries on what the process before has left. */
  start(): Promise<void> {
    return this.#operations.start()
  }

  stop(): void {
    this.#operations.stop()
  }

  /** Another node has brought what is new here. */
  brought(change: Change, statement: Verified<Statement>): void {
    this.#operations.brought(change, statement)
  }

  /** A link with a member begins. */
  linked(node: Did): void {
    this.#confirmations.linked(node)
  }

  /** A member holds these on its disk. */
  confirmed(ids: readonly StatementId[], node: Did): void {
    this.#confirmations.heard(ids, node)
  }
}
