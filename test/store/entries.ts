import { createHash } from 'node:crypto'
import type { StatementId } from '@trustmesh/identity'
import type { Store } from '../../packages/mesh-node/src/store/store.ts'

/** What stands in for a statement: the store does not look into it. */
export function entry(seed: string): { id: StatementId; bytes: Uint8Array } {
  const digest = createHash('sha256').update(seed).digest()
  const length = digest.length + (digest.readUInt16BE(0) % 2048)
  return { id: digest.toString('hex') as StatementId, bytes: new Uint8Array(Buffer.alloc(length, digest)) }
}

/** Everything in a store, sorted, as hex. */
export async function contents(store: Store): Promise<string[]> {
  const found: string[] = []
  for await (const bytes of store.statements()) found.push(Buffer.from(bytes).toString('hex'))
  return found.sort()
}

/** What `contents` gives of a store that holds the entries of these seeds. */
export function contentsOf(seeds: Iterable<string>): string[] {
  return [...new Set(seeds)].map((seed) => Buffer.from(entry(seed).bytes).toString('hex')).sort()
}
