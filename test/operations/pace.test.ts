import { describe, expect, it } from 'vitest'
import { someone } from '../e2e/kit.ts'
import { NodeMesh } from '../mesh-links/node-mesh.ts'
import { BOB, OLGA } from './people.ts'

describe('operators at several nodes', () => {
  it('R7 cut off together no more than one may alone before it takes a second person', async () => {
    await using mesh = await NodeMesh.start({ nodes: 2 })
    const order = () => ({ verb: 'revoke', targets: [{ did: someone().did }], reason: 'a test' }) as const
    const [here, there] = [mesh.at(0).node.control, mesh.at(1).node.control]
    for (let n = 0; n < 25; n++) expect(await here.order(order(), OLGA)).toMatchObject({ state: 'in-force' })
    await mesh.agree()
    expect(there.preview(order(), OLGA).isWide).toBe(true)
    expect(await there.order(order(), OLGA)).toMatchObject({ state: 'awaiting-approval' })
    // Where it is known who it was it weighs on nobody else.
    expect(await here.order(order(), BOB)).toMatchObject({ state: 'in-force' })
  })
})
