import { type Identity, type Keystore, MemoryKeystore, openStatement } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { commitmentTo, issueAttestation, issueFirstManifest, Replica } from '@trustmesh/trust'
import { beforeEach, describe, expect, it } from 'vitest'
import { config, root, someone } from '../../test/lent.ts'
import { MeshError } from '../mesh-error.ts'
import { Succession, type SuccessionOptions } from './succession.ts'

const { net, policy } = config
const NOW = 1_767_225_600_000
const issuance = { net, random: systemRandom, clock: { now: () => NOW, monotonic: () => 0 } }

let keystore: Keystore
let bob: Identity
let heir: Identity
let first: Uint8Array
let replica: Replica
let left: Uint8Array[]

beforeEach(async () => {
  keystore = new MemoryKeystore(systemRandom)
  bob = await keystore.create('bob')
  heir = (await keystore.heirOf('bob')) as Identity
  first = (await issueFirstManifest(bob, { next: commitmentTo(heir.did) }, net)).bytes
  replica = new Replica({ net, policy })
  left = []
  const attestation = { sub: bob.did, value: 800, exp: NOW + 1_000 }
  replica.add(await issueAttestation(root, attestation, issuance), NOW)
})

const leave = async (envelope: Uint8Array): Promise<void> => {
  left.push(envelope)
  replica.add(openStatement(envelope), NOW)
}
const successionOf = (options: Partial<SuccessionOptions> = {}): Succession =>
  new Succession({ identity: bob, keystore, name: 'bob', issuance, first, leave, ...options })
const statusOf = ({ did }: Identity): string => replica.standingOf(did, NOW).status

describe('Succession', () => {
  it('I12 rotates to no key but the one that is committed to', async () => {
    const other = (await issueFirstManifest(bob, { next: commitmentTo(someone().did) }, net)).bytes
    const none = (await issueFirstManifest(bob, { recovery: root.did }, net)).bytes
    for (const uncommitted of [other, none, null]) {
      await expect(successionOf({ first: uncommitted }).rotate()).rejects.toMatchObject({
        code: 'rotation.uncommitted',
      })
    }
    expect(left).toEqual([])
    expect((await keystore.load('bob'))?.did).toBe(bob.did)
  })

  it('I12 has nobody to rotate to where no heir was made', async () => {
    const none = { ...keystore, prepare: async () => null, load: async () => bob } as unknown as Keystore
    await expect(successionOf({ keystore: none }).rotate()).rejects.toMatchObject({ code: 'rotation.no-heir' })
    expect(left).toEqual([])
  })

  it('I12 keeps the old key as long as the node has not kept the rotation', async () => {
    for (const refusedAt of [1, 2]) {
      let calls = 0
      const fails = async (): Promise<void> => {
        if (++calls === refusedAt) throw new MeshError('mesh.disconnected')
      }
      await expect(successionOf({ leave: fails }).rotate()).rejects.toMatchObject({ code: 'mesh.disconnected' })
      expect((await keystore.load('bob'))?.did).toBe(bob.did)
    }
    expect(await successionOf().isUnfinished()).toBe(true)
  })

  it('I12 hands on what was said of the old key, and is the new one', async () => {
    const succession = successionOf()
    expect(await succession.isUnfinished()).toBe(false)
    expect((await succession.rotate()).did).toBe(heir.did)
    expect([statusOf(bob), statusOf(heir)]).toEqual(['unknown', 'active'])
    expect((await keystore.load('bob'))?.did).toBe(heir.did)
    expect(await succession.isUnfinished()).toBe(false)
  })

  it('says the same rotation once more where the answer to it was lost', async () => {
    let isLost = true
    const loses = async (envelope: Uint8Array): Promise<void> => {
      await leave(envelope)
      if (isLost && openStatement(envelope).type === 'rotation') throw new MeshError('mesh.disconnected')
    }
    const succession = successionOf({ leave: loses })
    await expect(succession.rotate()).rejects.toThrow(MeshError)
    isLost = false
    await succession.rotate()
    const rotations = left.map((envelope) => openStatement(envelope)).filter(({ type }) => type === 'rotation')
    expect(new Set(rotations.map(({ id }) => id)).size).toBe(1)
    expect(rotations).toHaveLength(2)
  })

  it('rotates once, however often it is told to at a time', async () => {
    const succession = successionOf()
    const dids = await Promise.all([succession.rotate(), succession.rotate()])
    expect(dids.map(({ did }) => did)).toEqual([heir.did, heir.did])
    expect(left).toHaveLength(2)
    await expect(succession.rotate()).rejects.toMatchObject({ code: 'rotation.uncommitted' })
    expect(statusOf(heir)).toBe('active')
  })
})
