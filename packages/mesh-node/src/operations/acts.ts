import {
  type Clock,
  type Did,
  type Identity,
  IdentityError,
  openStatement,
  type Random,
  type Statement,
  type StatementId,
  type Verified,
} from '@trustmesh/identity'
import {
  type Change,
  type Issuance,
  issueAttestation,
  issueRevocation,
  issueSuspension,
  parseSuspension,
  type Replica,
  type RevocationTarget,
  TrustError,
} from '@trustmesh/trust'
import type { OperationItem } from '../admin/operation.ts'
import type { Order, Verb } from '../admin/schemas/order.ts'
import type { Mesh } from '../mesh.ts'
import type { NodeKeys } from '../mesh-keys.ts'
import { NodeError } from '../node-error.ts'
import type { Sessions } from '../sessions.ts'
import type { Statements } from '../statements.ts'
import type { Foresight } from './foresight.ts'
import { endsSooner, holdBy } from './hold.ts'
import { keyOfTarget } from './order.ts'
import type { OperationRecord } from './record.ts'

export interface ActsOptions {
  readonly mesh: Mesh
  readonly keys: NodeKeys
  readonly replica: Replica
  readonly statements: Statements
  readonly sessions: Sessions
  readonly foresight: Foresight
  readonly clock: Clock
  readonly random: Random
}

/** What has become of one target, and whether it is on disk here. */
export interface Done {
  readonly item: OperationItem
  readonly durable: boolean
}

/** What says nothing against an item: it does what it can alone. */
export const MORE_VOTES = 'operation.more-votes'
/** Links above a delegation that go with its revocation as proof. */
const MAX_PATH = 10

/** Carries operations out at this node: what it signs and takes is in force, and sessions are closed, before a promise resolves. */
export class Acts {
  readonly #options: ActsOptions
  readonly #issuance: Issuance
  /** Revocations that are not on disk yet. */
  readonly #revoking = new Map<string, Promise<Done>>()
  /** The last thing under way that is said of each Did and can be said otherwise. */
  readonly #saying = new Map<Did, Promise<unknown>>()

  constructor(options: ActsOptions) {
    this.#options = options
    this.#issuance = { net: options.mesh.net, clock: options.clock, random: options.random }
  }

  /** Whether this node can revoke and suspend by itself. */
  get hasAuthority(): boolean {
    return this.#options.keys.authority !== null
  }

  /** Never rejects: what fails says why, and the others go on. */
  async carryOut({ order, targets, signed, decidedAt }: OperationRecord): Promise<readonly Done[]> {
    if (signed !== undefined) {
      const [target] = targets as [RevocationTarget]
      const take = () => this.#take(signed, order.verb, target)
      return [await this.#attempt(target, () => ('did' in target ? this.#inTurn(target.did, take) : take()))]
    }
    if (order.verb === 'revoke' || order.verb === 'kill') {
      const { reason } = order
      return Promise.all(targets.map((target) => this.#attempt(target, () => this.#once(target, reason))))
    }
    const { did } = order
    return [await this.#attempt({ did }, () => this.#inTurn(did, () => this.#say(order, decidedAt)))]
  }

  /** Whether what was to be revoked for good is so. */
  isRevoked(target: RevocationTarget): boolean {
    const { set } = this.#options.replica
    return 'did' in target ? set.isRevoked(target.did) : set.isVoid(target.iss, target.id)
  }

  /** What is in force of an item: what it was, or what has taken its place since. */
  inForceOf({ target, statement }: OperationItem): readonly StatementId[] {
    const { keys, replica } = this.#options
    if (!statement || replica.set.has(statement)) return statement ? [statement] : []
    const [revocation] = replica.set.revocationsFor(target)
    if (revocation) return [revocation.id]
    const hold = keys.authority && 'did' in target && replica.set.suspensionBy(keys.authority.did, target.did)
    return hold ? [hold.id] : []
  }

  async #attempt(target: RevocationTarget, act: () => Promise<Done>): Promise<Done> {
    try {
      return await act()
    } catch (error) {
      const isOurs = error instanceof NodeError || error instanceof TrustError || error instanceof IdentityError
      return failed(target, isOurs ? error.code : 'operation.failed')
    }
  }

  #say(order: Exclude<Order, { verb: 'revoke' | 'kill' }>, decidedAt: number): Promise<Done> {
    switch (order.verb) {
      case 'evict':
        return this.#evict(order.did)
      case 'lift':
        return this.#lift(order.did)
      case 'attest':
        return this.#attest(order)
      case 'suspend':
        // One that a restart has held up ends no later.
        return this.#suspend(order.did, decidedAt + order.ttlMs)
    }
  }

  /** Two that are signed at once would not know of each other. */
  async #inTurn(did: Did, act: () => Promise<Done>): Promise<Done> {
    const done = (this.#saying.get(did) ?? Promise.resolve()).then(act, act)
    this.#saying.set(did, done)
    const over = (): void => {
      if (this.#saying.get(did) === done) this.#saying.delete(did)
    }
    done.then(over, over)
    return await done
  }

  /** Whoever asks again meanwhile waits for the same one. */
  async #once(target: RevocationTarget, reason: string): Promise<Done> {
    const key = keyOfTarget(target)
    const underWay = this.#revoking.get(key)
    if (underWay !== undefined) {
      const { item, durable } = await underWay
      return { item: { ...item, created: false, sessionsClosed: 0 }, durable }
    }
    const revoking = this.#revoke(target, reason).finally(() => this.#revoking.delete(key))
    this.#revoking.set(key, revoking)
    return await revoking
  }

  async #revoke(target: RevocationTarget, reason: string): Promise<Done> {
    const { replica, foresight } = this.#options
    if ('did' in target && foresight.isOwn(target.did)) return failed(target, 'admin.own-key')
    const held = replica.set.revocationsFor(target)
    const signing = this.#signerFor(target)
    const known = this.isRevoked(target) ? held[0] : held.find(({ signer }) => signer === signing?.by.did)
    if (known) return await this.#put(target, known, false)
    if (!signing) return failed(target, 'did' in target ? 'admin.no-authority' : 'revocation.unauthorized')
    const { by, path } = signing
    const statement = await issueRevocation(by, { target, reason, ...(path && { path }) }, this.#issuance)
    return await this.#put(target, statement, true)
  }

  /** Which of this node's keys may revoke this, and by which chain; `null` where none may. */
  #signerFor(target: RevocationTarget): { readonly by: Identity; readonly path?: readonly Uint8Array[] } | null {
    const { keys, replica } = this.#options
    if ('did' in target) return keys.authority && { by: keys.authority }
    const own = [keys.authority, keys.node].flatMap((key) => key ?? [])
    const issuer = own.find(({ did }) => did === target.iss)
    if (issuer) return { by: issuer }
    // Up from the target, as far as it is held: whoever has issued one of these links may end all below it.
    const path: Uint8Array[] = []
    for (let id: StatementId | null = target.id; id && path.length < MAX_PATH; ) {
      const link = replica.set.delegation(id)
      const bytes = replica.set.get(id)?.bytes
      if (!link || !bytes) return null
      path.unshift(bytes)
      const isNamed = ({ did }: Identity): boolean =>
        link.iss === did || (id === target.id && (link.aud === did || (link.revokers?.includes(did) ?? false)))
      const by = own.find(isNamed)
      if (by) return { by, path }
      id = link.parent
    }
    return null
  }

  async #suspend(did: Did, until: number): Promise<Done> {
    const { keys, replica, foresight, clock } = this.#options
    if (foresight.isOwn(did)) return failed({ did }, 'admin.own-key')
    if (!keys.authority) return failed({ did }, 'admin.no-authority')
    if (until <= clock.now()) return failed({ did }, 'suspension.over')
    // One that ended sooner would let somebody go, which takes a second person (threat P9).
    const longer = holdBy(keys.authority.did, did, replica.set, clock.now())
    const held = longer && longer.until >= until && replica.set.get(longer.id)
    if (held) return await this.#put({ did }, held, false)
    const before = replica.set.suspensionBy(keys.authority.did, did)
    const hold = { sub: did, until, ...(before && { previousSeq: before.seq }) }
    return await this.#put({ did }, await issueSuspension(keys.authority, hold, this.#issuance), true)
  }

  async #lift(did: Did): Promise<Done> {
    const { keys, replica, clock } = this.#options
    if (!keys.authority) return failed({ did }, 'admin.no-authority')
    const before = replica.set.suspensionBy(keys.authority.did, did)
    if (!before || before.lifted || before.until <= clock.now()) return failed({ did }, 'suspension.none')
    const lifting = { sub: did, lifted: true, previousSeq: before.seq }
    const done = await this.#put({ did }, await issueSuspension(keys.authority, lifting, this.#issuance), true)
    // By another authority, or of another key on its line.
    const isHeld = replica.set.isSuspended(did, clock.now())
    return isHeld ? { ...done, item: { ...done.item, code: 'suspension.others' } } : done
  }

  async #evict(did: Did): Promise<Done> {
    const session = this.#options.sessions.of(did)
    if (!session) return failed({ did }, 'session.none')
    session.close('session.evicted')
    return { item: { target: { did }, created: true, sessionsClosed: 1 }, durable: true }
  }

  async #attest({ did: sub, value, ctx = '', weight, ttlMs }: Extract<Order, { verb: 'attest' }>): Promise<Done> {
    const { keys, replica, clock } = this.#options
    if (!keys.authority) return failed({ did: sub }, 'admin.no-authority')
    const before = replica.set.attestationBy(keys.authority.did, sub, ctx)
    const said = {
      ...{ sub, value, ctx },
      ...(weight !== undefined && { weight }),
      ...(ttlMs !== undefined && { exp: clock.now() + ttlMs }),
      ...(before && { previousSeq: before.seq }),
    }
    return await this.#put({ did: sub }, await issueAttestation(keys.authority, said, this.#issuance), true)
  }

  async #take(signed: string, verb: Verb, target: RevocationTarget): Promise<Done> {
    const { replica, clock } = this.#options
    const statement = openStatement(Buffer.from(signed, 'base64'))
    if (verb === 'suspend' && endsSooner(parseSuspension(statement), replica.set, clock.now())) {
      return failed(target, 'suspension.shorter')
    }
    return await this.#put(target, statement, !replica.set.has(statement.id))
  }

  /** Puts a statement in force. A session that this closes was there before. */
  async #put(target: RevocationTarget, statement: Verified<Statement>, created: boolean): Promise<Done> {
    const { statements, sessions } = this.#options
    const session = 'did' in target ? sessions.of(target.did) : undefined
    let change: Change | undefined
    let durable = true
    try {
      change = await statements.accept(statement)
    } catch (error) {
      if (!(error instanceof NodeError && error.code === 'store.not-durable')) throw error
      durable = false
    }
    if (change?.kind === 'ignored') return failed(target, change.code)
    // Of two ratings the later one stands, which says something else.
    if (change?.kind === 'superseded' && statement.type === 'attestation') return failed(target, 'set.superseded')
    const current = this.#currentOf(target, statement, change)
    const isVote = statement.type === 'revocation' && !this.isRevoked(target)
    const item: OperationItem = {
      target,
      statement: current,
      created: created && current === statement.id,
      sessionsClosed: session && !session.isOpen ? 1 : 0,
      ...(isVote && { code: MORE_VOTES }),
    }
    return { item, durable }
  }

  /** What says the same and was said later takes the place of a statement. */
  #currentOf(target: RevocationTarget, { id, type, signer }: Verified<Statement>, change?: Change): StatementId {
    if (change?.kind !== 'superseded') return id
    const { set } = this.#options.replica
    if (type === 'revocation') return set.revocationsFor(target).find((held) => held.signer === signer)?.id ?? id
    return ('did' in target && set.suspensionBy(signer, target.did)?.id) || id
  }
}

function failed(target: RevocationTarget, code: string): Done {
  return { item: { target, created: false, sessionsClosed: 0, code }, durable: true }
}
