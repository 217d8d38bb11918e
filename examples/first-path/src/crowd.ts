import { generateIdentity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { joinMesh, MeshError } from '@trustmesh/sdk'
import type { Order } from './orders.ts'

/** Dids cost nothing: here are as many as one likes, all of one mind. What their leader gets for it. */
export async function crowd({ size, whom, task }: Extract<Order, { do: 'crowd' }>): Promise<unknown> {
  const sybils = await Promise.all(
    Array.from({ length: size }, () => joinMesh({ name: 'sybil', identity: generateIdentity(systemRandom) })),
  )
  try {
    const leader = sybils[0]
    if (!leader) throw new RangeError('a crowd of nobody')
    for (const sybil of sybils) {
      for (const other of sybils) if (other !== sybil) await sybil.attest(other.did, { value: 1000, weight: 3000 })
    }
    const { score, tier } = await leader.standing(leader.did)
    const isServed = await leader.request(whom, 'task', task).then(
      () => true,
      (error: unknown) => {
        if (error instanceof MeshError && error.denial) return false
        throw error
      },
    )
    return { score, tier, isServed }
  } finally {
    for (const sybil of sybils) sybil.close()
  }
}
