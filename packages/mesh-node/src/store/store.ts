import type { StatementId } from '@trustmesh/identity'

/**
 * What a node keeps of the mesh between runs: the envelopes of statements, by id, in no order. It only ever grows.
 * Whoever reads them back opens them again, so that a damaged one shows by its signature.
 *
 * Every method rejects with a `NodeError`: `store.closed` after `close`, `store.failed` where the medium fails.
 */
export interface Store extends AsyncDisposable {
  /** Every envelope kept, once each. For start-up. */
  statements(): AsyncIterable<Uint8Array>
  /**
   * Keeps an envelope; resolves when it is durable, so that it may be acknowledged. Appending it again changes nothing.
   * The bytes must not be written to afterwards. A caller bounds how many of its appends are under way.
   */
  append(id: StatementId, bytes: Uint8Array): Promise<void>
  /** Waits for the appends under way, then lets go of the medium. */
  close(): Promise<void>
}
