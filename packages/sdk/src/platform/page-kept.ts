import { type Did, IdentityError, loadOrCreate, MemoryKeystore, type Random } from '@trustmesh/identity'
import { MemoryNotes } from '../manifests/notes.ts'
import { MeshError } from '../mesh-error.ts'
import { textOf } from '../quiet-log.ts'
import { IdbKeystore } from './idb-keystore.ts'
import { IdbNotes } from './idb-notes.ts'
import { IdbUses } from './idb-uses.ts'
import { openPageDatabase } from './page-database.ts'
import type { Kept, Log, Uses } from './platform.ts'

/** What the browser keeps of the agent of that name, for all pages of this origin; where it keeps nothing, for as long as the page. */
export async function openPageKept(name: string, random: Random, log: Log): Promise<Kept> {
  try {
    const database = await openPageDatabase()
    const keystore = new IdbKeystore(database)
    const { identity, created } = await loadOrCreate(keystore, name)
    if (created) log.info(`made ${identity.did}, kept in this browser for ${globalThis.location.origin}`)
    const notes = await IdbNotes.open(database, name, (error) => {
      log.warn(`what was learned of other agents is forgotten with this page: ${textOf(error)}`)
    })
    return { identity, keystore, notes }
  } catch (error) {
    if (error instanceof IdentityError) throw error
    const keystore = new MemoryKeystore(random)
    const identity = await keystore.create(name)
    log.warn(`made ${identity.did}, which is lost with this page: ${textOf(error)}`)
    return { identity, keystore, notes: new MemoryNotes() }
  }
}

/** Rejects with {@link MeshError} `uses.unavailable` where the browser keeps nothing: what is forgotten could be replayed. */
export async function openPageUses(self: Did, now: number): Promise<Uses> {
  try {
    return await IdbUses.open(await openPageDatabase(), self, now)
  } catch (cause) {
    throw new MeshError('uses.unavailable', { cause })
  }
}
