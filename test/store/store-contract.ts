import type { StatementId } from '@trustmesh/identity'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../packages/mesh-node/src/store/store.ts'
import { contents, contentsOf, entry } from './entries.ts'

/** A medium of its own for one test. */
export interface Medium {
  /** Opens a store on it; again after closing, where the medium outlives a store. */
  open(): Promise<Store>
  readonly outlivesStore: boolean
  remove(): Promise<void>
}

/** What every implementation of `Store` does. */
export function storeContract(name: string, makeMedium: () => Promise<Medium>): void {
  describe(name, () => {
    let medium: Medium
    beforeEach(async () => {
      medium = await makeMedium()
    })
    afterEach(() => medium.remove())

    it('refuses to append, to remove or to read once it is closed', async () => {
      const store = await medium.open()
      await store.close()
      await store.close()
      const { id, bytes } = entry('a')
      await expect(store.append(id, bytes)).rejects.toMatchObject({ code: 'store.closed' })
      await expect(store.remove([id])).rejects.toMatchObject({ code: 'store.closed' })
      await expect(store.acceptLoss()).rejects.toMatchObject({ code: 'store.closed' })
      await expect(contents(store)).rejects.toMatchObject({ code: 'store.closed' })
    })

    it('is empty, whole and writable at first', async () => {
      await using store = await medium.open()
      expect(await contents(store)).toEqual([])
      expect([store.condition, store.isReadOnly]).toEqual([[], false])
    })

    it('loses nothing by accepting that nothing is lost', async () => {
      await using store = await medium.open()
      await appendAll(store, ['a', 'b'])
      await store.acceptLoss()
      expect([await contents(store), store.condition]).toEqual([contentsOf(['a', 'b']), []])
    })

    it('forgets what is removed, whether or not it was there, and takes it again', async () => {
      await using store = await medium.open()
      await appendAll(store, ['a', 'b', 'c'])
      await store.remove(['a', 'b', 'never'].map((seed) => entry(seed).id))
      await store.remove([])
      expect(await contents(store)).toEqual(contentsOf(['c']))
      await appendAll(store, ['a'])
      expect(await contents(store)).toEqual(contentsOf(['a', 'c']))
    })

    it('gives back the bytes of every statement, from the lowest id to the highest', async () => {
      await using store = await medium.open()
      await store.append('00'.repeat(32) as StatementId, Uint8Array.of(1))
      await store.append('ff'.repeat(32) as StatementId, Uint8Array.of(2))
      expect(await contents(store)).toEqual(['01', '02'])
    })

    it('keeps a statement in place of those that it made superfluous, also where they come together', async () => {
      await using store = await medium.open()
      const [a, b, c] = [entry('a'), entry('b'), entry('c')]
      await store.append(a.id, a.bytes)
      await Promise.all([store.append(b.id, b.bytes), store.append(c.id, c.bytes, [a.id, b.id])])
      expect(await contents(store)).toEqual(contentsOf(['c']))
    })

    it('closes after the appends under way, and while somebody reads', async () => {
      const store = await medium.open()
      await appendAll(store, ['a', 'b', 'c'])
      for await (const _bytes of store.statements()) break
      const underWay = appendAll(store, ['d', 'e'])
      await store.close()
      await underWay
    })

    it('holds the same whatever the order of the appends, and however often each comes', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(seed, { maxLength: 40 }), async (seeds) => {
          const ours = await makeMedium()
          {
            await using store = await ours.open()
            await appendAll(store, seeds)
            expect(await contents(store)).toEqual(contentsOf(seeds))
          }
          await ours.remove()
        }),
        { numRuns: 25 },
      )
    })

    it('holds everything acknowledged, nothing that was removed, and is whole, after it was opened again', async () => {
      if (!medium.outlivesStore) return
      const held = new Set<string>()
      const some = fc.array(seed, { maxLength: 20 })
      await fc.assert(
        fc.asyncProperty(some, some, some, async (appended, replaced, removed) => {
          await using store = await medium.open()
          expect([await contents(store), store.condition]).toEqual([contentsOf(held), []])
          await appendAll(store, appended)
          const latest = entry(`latest ${appended}`)
          await Promise.all([
            store.append(latest.id, latest.bytes, idsOf(replaced)),
            store.append(latest.id, latest.bytes),
            store.remove(idsOf(removed)),
          ])
          for (const each of appended) held.add(each)
          held.add(`latest ${appended}`)
          for (const each of [...replaced, ...removed]) held.delete(each)
        }),
        { numRuns: 25 },
      )
    })
  })
}

const seed = fc.string({ minLength: 1, maxLength: 2 })

const idsOf = (seeds: readonly string[]) => seeds.map((each) => entry(each).id)

async function appendAll(store: Store, seeds: readonly string[]): Promise<void> {
  await Promise.all(seeds.map(entry).map(({ id, bytes }) => store.append(id, bytes)))
}
