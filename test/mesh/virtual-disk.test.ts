import { SeededRandom, VirtualDisk } from '@trustmesh/testing'
import { storeContract } from '../store/store-contract.ts'

/** A host on which time passes by itself. */
const HOST = {
  after(_ms: number, act: () => void): () => void {
    const handle = setImmediate(act)
    return () => clearImmediate(handle)
  },
  onCrash: () => () => {},
}

storeContract('VirtualDisk', async () => {
  const disk = new VirtualDisk(new SeededRandom(1))
  return { open: async () => disk.open(HOST), outlivesStore: true, remove: async () => {} }
})
