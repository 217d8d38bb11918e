import type { StatementId } from '@trustmesh/identity'

/**
 * What a node keeps of the mesh between runs: the envelopes of statements, by id, in no order.
 * Whoever reads them back opens them again, so that a damaged one shows by its signature.
 *
 * Every method rejects with a `NodeError`: `store.closed` after `close`, `store.failed` where the medium fails.
 */
export interface Store extends AsyncDisposable {
  /** Every envelope kept, once each. For start-up. */
  statements(): AsyncIterable<Uint8Array>
  /**
   * Keeps an envelope in place of those that it made superfluous, if any; resolves when that is durable, so that it may be
   * acknowledged: all of it or nothing. Appending it again changes nothing.
   * The bytes must not be written to afterwards. A caller bounds how many of its appends are under way.
   */
  append(id: StatementId, bytes: Uint8Array, inPlaceOf?: readonly StatementId[]): Promise<void>
  /** Waits for the appends under way, then lets go of the medium. */
  close(): Promise<void>
}
