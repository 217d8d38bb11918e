import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateIdentity, meshIdOf, toBase64url } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { issueAttestation } from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import { Terminal } from '../cli/terminal.ts'
import { TestNode } from '../e2e/test-node.ts'

const someDid = () => generateIdentity(systemRandom).did
const meshFileIn = async (dataDir: string) => JSON.parse(await readFile(join(dataDir, 'mesh.json'), 'utf8'))

describe('the word of an authority', () => {
  it('counts from the first start of a mesh on, as the root has said', async () => {
    await using person = await Terminal.open()
    const made = await person.json('init', '--plain-root')
    const { root, authorities } = made.data as { root: string; authorities: string[] }
    const dataDir = join(person.home, 'node')
    expect(await meshFileIn(dataDir)).toMatchObject({ said: [expect.any(String)], chain: { length: 2 } })
    await using node = await TestNode.start({ dataDir })
    expect([...node.node.control.attestations()]).toMatchObject([{ iss: root, sub: authorities[0], value: 1000 }])
    expect(await meshFileIn(dataDir)).not.toHaveProperty('said')

    const [helper, stranger] = [someDid(), someDid()]
    await node.call('/v1/attestations', { sub: helper, value: 800 })
    expect(node.node.standingOf(helper).tier).toBe('trusted')
    expect(node.node.standingOf(stranger).tier).toBe('probation')
  })

  it('counts in a mesh that a start has made, and no more once the root has said otherwise', async () => {
    await using node = await TestNode.start()
    const [root, authority] = [await node.key('root'), await node.key('authority')]
    const helper = someDid()
    await node.call('/v1/attestations', { sub: helper, value: 800 })
    expect(node.node.standingOf(helper).score).toBeGreaterThan(node.node.standingOf(someDid()).score)

    const issuance = { net: meshIdOf(root.did), clock: systemClock, random: systemRandom }
    const { bytes } = await issueAttestation(root, { sub: authority.did, value: 0 }, issuance)
    expect((await node.call('/v1/statements', { statement: toBase64url(bytes) })).status).toBe(201)
    await node.stop()
    await node.startAgain()
    const said = [...node.node.control.attestations()].filter(({ iss }) => iss === root.did)
    expect(said.map(({ value }) => value)).toEqual([0])
    expect(node.node.standingOf(helper).score).toBe(node.node.standingOf(someDid()).score)
  })
})
