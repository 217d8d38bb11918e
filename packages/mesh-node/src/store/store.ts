import type { StatementId } from '@trustmesh/identity'

/** What can be wrong with a store that opens all the same. Codes are stable. */
export type StoreFaultCode =
  /** The anchor is not that of this store, or is gone: whether the end of the store is missing cannot be told. */
  | 'store.anchor'
  /** Records are missing, or there are some that should not be. */
  | 'store.count'
  /** One record is not what was written, and is not served. */
  | 'store.damaged'
  /** The store is as it was some time ago; what was kept since then is missing (threats K2, K5, R11). */
  | 'store.rolled-back'

/** One thing that was found wrong with a store when it was opened. */
export interface StoreFault {
  readonly code: StoreFaultCode
  /** Of a damaged record: its key, as hex. */
  readonly key?: string
}

/**
 * What a node keeps of the mesh between runs: the envelopes of statements, by id, in no order.
 * Whoever reads them back opens them again, so that a damaged one shows by its signature.
 *
 * Every method rejects with a `NodeError`: `store.closed` after `close`, `store.failed` where the medium cannot be read,
 * `store.not-durable` where it cannot be written.
 */
export interface Store extends AsyncDisposable {
  /**
   * What was found wrong at opening, nothing as a rule. It stays, over any number of openings, until what is missing has
   * come back or {@link Store.acceptLoss} is called; until then what is read is good but may not be all.
   */
  readonly condition: readonly StoreFault[]
  /** The medium cannot be written, or has room for little more: only what cannot wait should be appended (threat K4). */
  readonly isReadOnly: boolean
  /** Every envelope kept, once each. For start-up. */
  statements(): AsyncIterable<Uint8Array>
  /**
   * Keeps an envelope in place of those that it made superfluous, if any; resolves when that is durable, so that it may be
   * acknowledged: all of it or nothing. Appending it again changes nothing. What is rejected as `store.not-durable` is
   * written when the medium can be written again, if this process lives to see that.
   * The bytes must not be written to afterwards. A caller bounds how many of its appends are under way.
   */
  append(id: StatementId, bytes: Uint8Array, inPlaceOf?: readonly StatementId[]): Promise<void>
  /** Forgets statements, if they are there; as durable as an append. */
  remove(ids: readonly StatementId[]): Promise<void>
  /**
   * From now on what is here is all that there should be: nothing more is missing once this resolves. For a node that has
   * what it lacked from its peers, or an operator who knows that nobody has it.
   */
  acceptLoss(): Promise<void>
  /** Waits for the appends under way, then lets go of the medium. */
  close(): Promise<void>
}
