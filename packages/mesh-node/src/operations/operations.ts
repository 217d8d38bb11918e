import { bytesToHex } from '@noble/hashes/utils.js'
import type { Clock, Did, Random, Statement, Verified } from '@trustmesh/identity'
import type { Change, RevocationTarget } from '@trustmesh/trust'
import type { Operation, Preview } from '../admin/operation.ts'
import type { Person } from '../admin/person.ts'
import type { Order } from '../admin/schemas/order.ts'
import type { AuditEvent, AuditLog } from '../audit/log.ts'
import { NodeError } from '../node-error.ts'
import type { Timers } from '../timers.ts'
import { type Acts, MORE_VOTES } from './acts.ts'
import type { Confirmations } from './confirmations.ts'
import type { Foresight } from './foresight.ts'
import type { Journal } from './journal.ts'
import { checkRole, natureOf, parseOrder } from './order.ts'
import { areOne, entryOf, isFailed, type OperationRecord, shownOf } from './record.ts'
import { OperationRecords } from './records.ts'
import { Width } from './width.ts'

export interface OperationsOptions {
  readonly node: Did
  readonly acts: Acts
  readonly foresight: Foresight
  readonly journal: Journal
  readonly confirmations: Confirmations
  /** The other members. */
  readonly members: () => readonly Did[]
  /** What touches more takes a second person. */
  readonly secondOperatorAbove: number
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
}

/** How long a wide order waits for somebody else. */
const APPROVAL_MS = 86_400_000
const LOOK_MS = 60_000
const YEAR_MS = 365 * 86_400_000

/**
 * What operators have ordered, from the order to the last confirmation. Each is in the journal and in the audit log before
 * anything happens (threat A8), and one that a crash has interrupted is carried on or shown as failed (threat O8).
 */
export class Operations {
  readonly #options: OperationsOptions
  readonly #records: OperationRecords
  readonly #underWay = new Map<string, Promise<unknown>>()
  readonly #width: Width
  #cancelLook: () => void = () => {}

  constructor(options: OperationsOptions) {
    this.#options = options
    this.#width = new Width(options)
    this.#records = new OperationRecords(options.journal, (record) => options.confirmations.forget(record))
  }

  /** Reads back what was kept, and carries on what was interrupted. */
  async start(): Promise<void> {
    await this.#records.load()
    for (const record of this.#records.all()) {
      if (this.#isInterrupted(record)) await this.#resume(record)
      else this.#options.confirmations.track(record)
    }
    this.#records.trim()
    this.#look()
  }

  stop(): void {
    this.#cancelLook()
    this.#options.confirmations.stop()
  }

  preview(order: Order, by?: Person): Preview {
    return this.#width.preview(parseOrder(order), by)
  }

  /** `signed`: what somebody has signed elsewhere, which is to be put in force as it is. */
  async order(order: Order, by: Person, signed?: Verified<Statement>): Promise<Operation> {
    const { foresight, clock, random } = this.#options
    const asked = parseOrder(order)
    checkRole(by.role, natureOf(asked).role)
    const targets = foresight.targetsOf(asked)
    if (!signed) this.#checkTargets(asked, targets)
    const { reach, isWide } = this.#width.of(asked, targets, { by, signed })
    const now = clock.now()
    const record: OperationRecord = {
      ...{ version: 1, id: bytesToHex(random(16)), order: asked, targets, reach },
      ...(signed && { signed: Buffer.from(signed.bytes).toString('base64') }),
      ...{ by: by.name, leave: [...(by.leave ?? [])] },
      ...{ state: isWide ? 'awaiting-approval' : 'under-way', requestedAt: now, decidedAt: now },
      ...(isWide && { lapsesAt: now + APPROVAL_MS }),
      ...{ durable: false, items: [], nodes: [] },
    }
    if (isWide) return await this.#ask(record)
    this.#width.went(by, reach)
    this.#records.add(record)
    return await this.#carryOut(record, { event: 'operation.ordered', by: by.name })
  }

  /** Another node has brought what is new here. */
  brought(change: Change, statement: Verified<Statement>): void {
    this.#width.brought(change, statement)
  }

  get(id: string): Operation | null {
    const record = this.#records.get(id)
    return record ? this.#shown(record) : null
  }

  /** The latest first. */
  all(): readonly Operation[] {
    return [...this.#records.all()].reverse().map((record) => this.#shown(record))
  }

  async approve(id: string, by: Person): Promise<Operation> {
    checkRole(by.role, 'admin')
    const record = this.#recordOf(id)
    if (areOne(record, { by: by.name, leave: by.leave ?? [] })) throw new NodeError('admin.own-approval')
    this.#lapse(record)
    // What has been approved is approved, whoever says so again.
    if (record.approvedBy !== undefined) {
      await this.#underWay.get(id)?.catch(() => {})
      return this.#shown(record)
    }
    if (record.state !== 'awaiting-approval') throw new NodeError('admin.not-awaiting')
    record.approvedBy = by.name
    record.state = 'under-way'
    record.decidedAt = this.#options.clock.now()
    const carriedOut = this.#carryOut(record, { event: 'operation.approved', by: by.name })
    this.#underWay.set(id, carriedOut)
    return await carriedOut.finally(() => this.#underWay.delete(id))
  }

  async reject(id: string, by: Person): Promise<Operation> {
    const record = this.#recordOf(id)
    checkRole(by.role, record.by === by.name ? 'operator' : 'admin')
    this.#lapse(record)
    if (record.state === 'rejected') return this.#shown(record)
    if (record.state !== 'awaiting-approval') throw new NodeError('admin.not-awaiting')
    record.state = 'rejected'
    record.rejectedBy = by.name
    try {
      await this.#options.audit.commit({ event: 'operation.rejected', by: by.name, operation: id })
    } catch (error) {
      record.state = 'awaiting-approval'
      record.rejectedBy = undefined
      throw error
    }
    if (!(await this.#records.keep(record))) throw new NodeError('store.not-durable')
    return this.#shown(record)
  }

  /** Puts a wide order before somebody else. On a full disk it waits in memory: what a crash loses then has not happened. */
  async #ask(record: OperationRecord): Promise<Operation> {
    this.#records.add(record)
    await this.#records.keep(record)
    try {
      const entry = { ...entryOf(record, { awaiting: 1 }), event: 'operation.ordered', by: record.by } as const
      record.audit = (await this.#options.audit.commit(entry)).index
    } catch (error) {
      this.#records.remove(record)
      throw error
    }
    void this.#records.keep(record)
    return this.#shown(record)
  }

  /** Nothing happens where it cannot be put on record; all that a crash interrupts from there on is found in the journal. */
  async #carryOut(record: OperationRecord, entry: Pick<AuditEvent, 'event' | 'by' | 'code'>): Promise<Operation> {
    const { acts, audit, confirmations, members, node, clock } = this.#options
    // In this order: what the log has and the journal has not would be lost. A full disk holds nobody here, though.
    const isKept = await this.#records.keep(record)
    try {
      const { index } = await audit.commit({ ...entryOf(record), ...entry })
      record.audit ??= index
    } catch (error) {
      return this.#refuse(record, error)
    }
    const done = await acts.carryOut(record)
    const now = clock.now()
    record.items = done.map(({ item }) => item)
    record.durable = isKept && done.every(({ durable }) => durable)
    const failures = record.items.filter(isFailed)
    if (failures.length === record.items.length) {
      record.state = 'failed'
      record.code = failures[0]?.code
    } else {
      record.state = 'in-force'
      record.code = undefined
      record.inForceAt = now
      const others = members().map((did): [Did, null] => [did, null])
      // Members confirm what cuts off or lets go.
      const isStated = record.order.verb !== 'attest' && record.items.some(({ statement }) => statement !== undefined)
      record.nodes = isStated ? [[node, record.durable ? now : null], ...others] : []
    }
    audit.record({
      ...entryOf(record, {
        failed: failures.length,
        sessionsClosed: record.items.reduce((sum, { sessionsClosed }) => sum + sessionsClosed, 0),
      }),
      event: record.state === 'failed' ? 'operation.failed' : 'operation.applied',
      by: record.by,
    })
    if (!(await this.#records.keep(record))) record.durable = false
    confirmations.track(record)
    return this.#shown(record)
  }

  /** The log cannot be written: what awaited approval goes on awaiting it, anything else has not happened. */
  #refuse(record: OperationRecord, reason: unknown): never {
    if (record.lapsesAt === undefined) {
      record.state = 'failed'
      record.code = 'audit.unavailable'
    } else {
      record.state = 'awaiting-approval'
      record.approvedBy = undefined
    }
    void this.#records.keep(record)
    throw reason
  }

  #checkTargets({ verb }: Order, targets: readonly RevocationTarget[]): void {
    const { foresight } = this.#options
    if (verb === 'evict') return
    const isBarred = verb === 'kill' ? (did: Did) => foresight.isSpared(did) : (did: Did) => foresight.isOwn(did)
    // What is barred among several fails by itself, and the others go on.
    const asked = verb === 'kill' ? targets.slice(0, 1) : targets
    const isHopeless = asked.every((target) => 'did' in target && isBarred(target.did))
    if (isHopeless && verb !== 'lift' && verb !== 'attest') throw new NodeError('admin.own-key')
    const isForAuthority = targets.every((target) => 'did' in target)
    if (isForAuthority && !this.#options.acts.hasAuthority) throw new NodeError('admin.no-authority')
  }

  /** Whether it has been ordered and put on record, and has not happened, or is not there any more. */
  #isInterrupted(record: OperationRecord): boolean {
    if (record.state === 'under-way') return true
    if (record.state !== 'in-force' || !natureOf(record.order).isForGood) return false
    const { acts, clock } = this.#options
    // The revocation of a statement is forgotten when there is nothing left that it could end.
    const isOld = clock.now() > (record.inForceAt ?? 0) + YEAR_MS
    const items = record.items.filter(({ target }) => 'did' in target || !isOld)
    return items.some((item) => item.statement && item.code !== MORE_VOTES && !acts.isRevoked(item.target))
  }

  async #resume(record: OperationRecord): Promise<void> {
    const { audit } = this.#options
    if (!natureOf(record.order).isResumed) {
      // Whom it was about may be held for another reason by now, rated otherwise, or be here in another session.
      record.state = 'failed'
      record.code = 'operation.interrupted'
      audit.record({ ...entryOf(record), event: 'operation.failed', code: record.code, by: record.by })
      return void this.#records.keep(record)
    }
    record.state = 'under-way'
    const { approvedBy } = record
    const who = approvedBy
      ? ({ event: 'operation.approved', by: approvedBy } as const)
      : ({ event: 'operation.ordered', by: record.by } as const)
    const entry = { ...who, code: 'operation.resumed' }
    // What cannot be put on record shows as failed.
    await this.#carryOut(record, entry).catch(() => {})
  }

  #recordOf(id: string): OperationRecord {
    const record = this.#records.get(id)
    if (!record) throw new NodeError('admin.not-found')
    return record
  }

  #look(): void {
    for (const record of this.#records.all()) this.#lapse(record)
    this.#cancelLook = this.#options.timers.after(LOOK_MS, () => this.#look())
  }

  #lapse(record: OperationRecord): void {
    const { clock, audit } = this.#options
    if (record.state !== 'awaiting-approval' || clock.now() < (record.lapsesAt ?? 0)) return
    record.state = 'lapsed'
    audit.record({ ...entryOf(record), event: 'operation.lapsed', by: record.by })
    void this.#records.keep(record)
  }

  #shown(record: OperationRecord): Operation {
    return shownOf(record, this.#options.confirmations.nodesOf(record))
  }
}
