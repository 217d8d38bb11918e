import { NodeError } from '../node-error.ts'
import type { Filter } from './schemas/fields.ts'

/** What is asked of a list: how many at most, and behind which. */
export interface PageQuery {
  readonly limit: number
  readonly cursor?: string | undefined
}

/** A page, and where the next begins; `null` where there is none. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly cursor: string | null
}

/**
 * A page of a list in the order of its keys. A cursor names the key behind which it goes on: whatever comes or goes
 * meanwhile, all that stays is shown once. Throws {@link NodeError} `admin.invalid-query` for a cursor that is none.
 */
export function pageOf<Item>(
  list: Iterable<Item>,
  { limit, cursor }: PageQuery,
  keyOf: (item: Item) => string,
): Page<Item> {
  const after = cursor === undefined ? '' : keyIn(cursor)
  let found: { readonly key: string; readonly item: Item }[] = []
  const order = (): void => {
    found.sort((a, b) => (a.key < b.key ? -1 : 1))
    found = found.slice(0, limit + 1)
  }
  for (const item of list) {
    const key = keyOf(item)
    if (key <= after) continue
    found.push({ key, item })
    // Now and then, so that a long list is neither held nor sorted as a whole.
    if (found.length > 4 * limit + 64) order()
  }
  order()
  const last = found.length > limit ? found[limit - 1] : undefined
  return { items: found.slice(0, limit).map(({ item }) => item), cursor: last ? cursorOf(last.key) : null }
}

/** Whether a value is what a filter asks for; it is where there is none. */
export function passes<T>(filter: Filter<T> | undefined, value: T | undefined): boolean {
  return filter === undefined || (filter.value === value) !== filter.isNot
}

/** Goes through those for which a condition holds. */
export function* only<Item>(list: Iterable<Item>, holds: (item: Item) => boolean): Iterable<Item> {
  for (const item of list) if (holds(item)) yield item
}

function cursorOf(key: string): string {
  return Buffer.from(key).toString('base64url')
}

function keyIn(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString()
  if (cursorOf(key) !== cursor) throw new NodeError('admin.invalid-query')
  return key
}
