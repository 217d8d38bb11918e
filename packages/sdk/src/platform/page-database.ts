import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import type { KeptKey } from './idb-keystore.ts'
import type { KeptNote } from './idb-notes.ts'
import type { KeptUse } from './idb-uses.ts'

/** What an origin keeps in a browser, for all agents of its pages. Any script of that origin can use it. */
export interface PageSchema extends DBSchema {
  /** By the name of the agent: the identity, its heir, and the heir of that where it is prepared. */
  readonly identities: { readonly key: string; readonly value: readonly KeptKey[] }
  readonly notes: { readonly key: [agent: string, key: string]; readonly value: KeptNote }
  readonly uses: { readonly key: string; readonly value: KeptUse; readonly indexes: { readonly untilMs: number } }
}

export type PageDatabase = IDBPDatabase<PageSchema>

/** Opened at the first use, and then for as long as the page. */
let opened: Promise<PageDatabase> | undefined

/** Rejects where the browser keeps nothing for this page. */
export async function openPageDatabase(): Promise<PageDatabase> {
  opened ??= openDB<PageSchema>('trustmesh', 1, {
    upgrade(database) {
      database.createObjectStore('identities')
      database.createObjectStore('notes')
      database.createObjectStore('uses').createIndex('untilMs', 'untilMs')
    },
    terminated() {
      opened = undefined
    },
  })
  try {
    return await opened
  } catch (error) {
    opened = undefined
    throw error
  }
}
