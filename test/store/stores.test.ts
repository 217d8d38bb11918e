import { MemoryStore } from '../../packages/mesh-node/src/store/memory.ts'
import { openStore } from './open-store.ts'
import { storeContract } from './store-contract.ts'
import { temporaryFolder } from './temporary-folder.ts'

storeContract('MemoryStore', async () => ({
  open: async () => new MemoryStore(),
  outlivesStore: false,
  remove: async () => {},
}))

storeContract('LevelStore', async () => {
  const folder = await temporaryFolder()
  return {
    open: () => openStore(folder.path),
    outlivesStore: true,
    remove: async () => folder[Symbol.asyncDispose](),
  }
})
