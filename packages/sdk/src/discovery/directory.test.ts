import { type Did, keyOf } from '@trustmesh/identity'
import type { Frame, FrameOf } from '@trustmesh/protocol'
import { issueManifest, type Tier } from '@trustmesh/trust'
import { beforeEach, describe, expect, it } from 'vitest'
import { config, root, someone } from '../../test/lent.ts'
import { ToldNode } from '../../test/told-node.ts'
import { Directory, type FindOptions } from './directory.ts'

const can = '/tool/search'
const failure = (code: string): unknown => expect.objectContaining({ name: 'MeshError', code })
const self = someone().did
const mallory = someone()
const everybody = [mallory.did, root.did]

let node: ToldNode
let directory: Directory

const find = async (options: Partial<FindOptions> = {}): Promise<Did[]> =>
  (await directory.find({ can, ...options })).map(({ did }) => did)
/** Tells `found` otherwise than it is. */
const lieOf = (lie: (found: FrameOf<'found'>) => Partial<FrameOf<'found'>>): void => {
  node.lie = (frames) => frames.map((frame): Frame => (frame.type === 'found' ? { ...frame, ...lie(frame) } : frame))
}

beforeEach(() => {
  node = new ToldNode()
  directory = new Directory({ self, config, ...node })
})

describe(Directory, () => {
  it('finds whoever offers it or more, with the manifest and the standing, in the order of keys', async () => {
    const [searcher, toolbox] = [someone(), someone()]
    await node.present(searcher, ['/tool/search'], { name: 'searcher' })
    await node.present(toolbox, ['/tool', '/mail'])
    await node.present(someone(), ['/toolbox'])
    await node.attest(root, searcher.did)
    const found = await directory.find({ can })
    expect(found.map(({ did }) => did)).toEqual([searcher.did, toolbox.did].sort())
    expect(found.find(({ did }) => did === searcher.did)).toMatchObject({
      manifest: { name: 'searcher', capabilities: ['/tool/search'] },
      standing: { did: searcher.did, status: 'active', tier: 'trusted' },
    })
  })

  it('goes on from page to page, up to the limit, and asks for no more than that', async () => {
    const offering: Did[] = []
    for (let n = 0; n < 20; n++) offering.push(await node.present(someone(), ['/tool']))
    offering.sort()
    node.pageSize = 3
    expect(await find()).toEqual(offering)
    node.asked.length = 0
    expect(await find({ limit: 7 })).toEqual(offering.slice(0, 7))
    expect(node.asked).toHaveLength(3)
  })

  it('leaves out this agent itself', async () => {
    const me = someone()
    const other = await node.present(someone(), ['/tool'])
    await node.present(me, ['/tool'])
    directory = new Directory({ self: me.did, config, ...node })
    expect(await find()).toEqual([other])
    expect(await find({ limit: 1 })).toEqual([other])
  })

  it('R9 leaves out whoever is told right behind the list to stand so no more', async () => {
    const [gone, here] = [await node.present(someone(), ['/tool']), await node.present(someone(), ['/tool'])]
    await node.attest(root, here)
    node.lie = (frames) => {
      const behind = { ...node.standing(gone), status: 'revoked', score: 0, tier: 'untrusted' } as const
      return [...frames, behind]
    }
    expect(await find()).toEqual([here])
    node.lie = (frames) => frames
    expect(await find({ minTier: 'trusted' })).toEqual([here])
  })

  it.each<[string, () => Promise<Uint8Array>]>([
    ['that nobody has signed', async () => new Uint8Array(100)],
    [
      'with one bit turned',
      async () => {
        const { bytes } = await issueManifest(
          someone(),
          { name: 'a', version: '1', capabilities: [can] },
          node.issuance,
        )
        return bytes.with(-1, (bytes.at(-1) as number) ^ 1)
      },
    ],
    [
      'of somebody who offers something else',
      async () =>
        (await issueManifest(mallory, { name: 'a', version: '1', capabilities: ['/mail'] }, node.issuance)).bytes,
    ],
    [
      'of another mesh',
      async () => {
        const issuance = { ...node.issuance, net: new Uint8Array(32) }
        return (await issueManifest(mallory, { name: 'a', version: '1', capabilities: [can] }, issuance)).bytes
      },
    ],
    ['that is another statement', async () => (await node.attest(root, mallory.did)).bytes],
    [
      'of somebody whose standing is not told',
      async () => (await issueManifest(mallory, { name: 'a', version: '1', capabilities: [can] }, node.issuance)).bytes,
    ],
  ])('F2 I14 finds out a node that lists a manifest %s', async (what, manifest) => {
    const forged = await manifest()
    node.lie = (frames) => {
      const [found] = frames as [FrameOf<'found'>]
      const told = what === 'of somebody whose standing is not told' ? [] : everybody.map((did) => node.standing(did))
      return [...told, { ...found, manifests: [forged] }]
    }
    await expect(directory.find({ can })).rejects.toEqual(failure('answer.forged'))
  })

  it('F5 finds out a node that lists somebody twice, goes back, or stays where it is for ever', async () => {
    const offering = [await node.present(someone(), ['/tool']), await node.present(someone(), ['/tool'])].sort()
    const [first, second] = offering.map(keyOf) as [Uint8Array, Uint8Array]
    lieOf(({ manifests }) => ({ manifests: [...manifests, ...manifests] }))
    await expect(find()).rejects.toEqual(failure('answer.forged'))
    lieOf(() => ({ more: first }))
    await expect(find()).rejects.toEqual(failure('answer.forged'))
    lieOf(() => ({ manifests: [], more: second }))
    await expect(find()).rejects.toEqual(failure('answer.forged'))
  })

  it('waits for all pages together no longer than it is told', async () => {
    for (let n = 0; n < 9; n++) await node.present(someone(), ['/tool'])
    node.pageSize = 1
    let answers = 0
    node.lie = (frames) => {
      answers++
      node.nowMs += 400
      return answers > 3 ? [] : frames
    }
    const found = find({ timeoutMs: 1_500 })
    const rejected = expect(found).rejects.toEqual(failure('request.timeout'))
    await node.settled()
    // Three pages have taken 1.2 s, and the fourth is silent.
    await node.pass(0)
    await rejected
    expect(answers).toBe(4)
  })

  it.each<[string, Partial<FindOptions>]>([
    ['a capability', { can: 'search' }],
    ['a capability', { can: '/Tool' }],
    ['a tier', { minTier: 'root' as Tier }],
    ['a limit', { limit: 0 }],
    ['a limit', { limit: 1.5 }],
    ['a limit', { limit: Number.NaN }],
  ])('refuses what is not %s: %j', async (what, options) => {
    const refusal = { code: 'question.malformed', detail: expect.stringContaining(what) }
    await expect(directory.find({ can, ...options })).rejects.toMatchObject(refusal)
    expect(node.asked).toEqual([])
  })
})
