import { generateIdentity, type Identity, identityFromSeed, meshIdOf } from '@trustmesh/identity'
import { type Issuance, issueDelegation, MEMBER, parseDelegation } from '@trustmesh/trust'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entriesIn, formatBundle } from './bundle.ts'
import { issueCheckpoint, issueCosignature, parseCheckpoint, withCosignature } from './checkpoint.ts'
import { formatKeyChains, LOG, WITNESS } from './key-chains.ts'
import { tilePath, tilesOf } from './tile.ts'
import { leafHash, rootOf } from './tree-hash.ts'
import { type ExportVerdict, verifyExport } from './verify-export.ts'

const NOW = Date.UTC(2030, 0, 1)
const DAY = 86_400_000
const identity = (seed: number): Identity => identityFromSeed(new Uint8Array(32).fill(seed))
const [root, authority, node, log, otherNode, witness, mallory] = [1, 2, 3, 4, 5, 6, 7].map(identity) as [
  Identity,
  Identity,
  Identity,
  Identity,
  Identity,
  Identity,
  Identity,
]
let drawn = 0
const issuance: Issuance = {
  net: meshIdOf(root.did),
  clock: { now: () => NOW, monotonic: () => 0 },
  random: (length) => new Uint8Array(length).fill(++drawn),
}

type Files = Map<string, Uint8Array>

async function chainTo(member: Identity, key: Identity, can: string): Promise<Uint8Array[]> {
  const exp = NOW + DAY
  const first = await issueDelegation(root, { aud: authority.did, can: MEMBER, depth: 1, exp }, issuance)
  const parent = parseDelegation(first)
  const second = await issueDelegation(authority, { aud: member.did, can: MEMBER, parent, exp }, issuance)
  return [first.bytes, second.bytes, (await issueDelegation(member, { aud: key.did, can, exp }, issuance)).bytes]
}

/** An export of so many entries; `from` is the first that is kept. */
async function exported(size: number, from = 0): Promise<Files> {
  const entries = Array.from({ length: size }, (_, i) => {
    const dropped = from > 0 && i === size - 1
    return Buffer.from(JSON.stringify(dropped ? { event: 'audit.dropped', detail: { first: from } } : { i }))
  })
  const files: Files = new Map()
  const leaves = entries.map(leafHash)
  for (const tile of tilesOf(size, from / 256)) {
    const span = 256 ** (tile.level === 'entries' ? 0 : tile.level)
    const start = tile.index * 256 * span
    const bytes =
      tile.level === 'entries'
        ? formatBundle(entries.slice(start, start + tile.width))
        : Buffer.concat(
            Array.from({ length: tile.width }, (_, i) =>
              rootOf(leaves.slice(start + i * span, start + (i + 1) * span)),
            ),
          )
    files.set(tilePath(tile), new Uint8Array(bytes))
  }
  const checkpoint = await issueCheckpoint(log, { size, root: rootOf(leaves) })
  const line = await issueCosignature(witness, checkpoint.head, NOW / 1000)
  files.set('checkpoint', Buffer.from(withCosignature(checkpoint, line).note))
  const chains = [await chainTo(node, log, LOG), await chainTo(otherNode, witness, WITNESS)]
  files.set('key-chains', Buffer.from(formatKeyChains(chains)))
  return files
}

const verdictOf = (
  files: Files,
  anchor: Parameters<typeof verifyExport>[1] = { root: root.did },
  now = NOW,
): Promise<ExportVerdict> => verifyExport(async (path) => files.get(path) ?? null, anchor, now)

/** The export with the entries of its bundles changed, and nothing else. */
function edited(files: Files, change: (entries: Uint8Array[]) => Uint8Array[]): Files {
  const paths = [...files.keys()].filter((path) => path.startsWith('tile/entries/'))
  const all = change(paths.flatMap((path) => entriesIn(files.get(path)!).map((entry) => entry.slice())))
  const bundles = paths.map((path, i) => {
    const end = i === paths.length - 1 ? all.length : (i + 1) * 256
    return [path, formatBundle(all.slice(i * 256, end))] as const
  })
  return new Map([...files, ...bundles])
}

describe(verifyExport, () => {
  const size = 600

  it('A1 finds every entry of which any byte was changed, by its index', async () => {
    const files = await exported(size)
    await fc.assert(
      fc.asyncProperty(fc.nat(size - 1), fc.nat(), fc.integer({ min: 1, max: 255 }), async (index, at, flip) => {
        const changed = edited(files, (entries) => {
          const entry = entries[index]!
          entry[at % entry.length]! ^= flip
          return entries
        })
        expect(await verdictOf(changed)).toMatchObject({ ok: false, code: 'export.entry', index })
      }),
      { numRuns: 200 },
    )
  })

  it('A2 finds where an entry was left out, put in, or has changed places', async () => {
    const files = await exported(size)
    const swapped = (i: number) => edited(files, (all) => all.with(i, all[i + 1]!).with(i + 1, all[i]!))
    for (const index of [0, 1, 254, 255, 256, 511, 598]) {
      expect(await verdictOf(edited(files, (all) => all.toSpliced(index, 1)))).toMatchObject({
        code: 'export.entry',
        index,
      })
      expect(await verdictOf(edited(files, (all) => all.toSpliced(index, 0, Buffer.from('{}'))))).toMatchObject({
        code: 'export.entry',
        index,
      })
      expect(await verdictOf(swapped(index))).toMatchObject({ code: 'export.entry', index })
    }
    expect(await verdictOf(edited(files, (all) => [...all, Buffer.from('{}')]))).toMatchObject({ index: size })
  })

  it('A3 finds where it was cut off, whichever byte of which file is its last', async () => {
    const files = await exported(size)
    for (const [path, bytes] of files) {
      expect(await verdictOf(new Map([...files].filter(([other]) => other !== path)))).toMatchObject({
        ok: false,
        code: 'export.missing',
        path,
      })
      for (const length of [0, bytes.length >> 1, bytes.length - 1]) {
        const verdict = await verdictOf(new Map(files).set(path, bytes.subarray(0, length)))
        expect(verdict.ok, `${path} cut to ${length}`).toBe(false)
      }
    }
    const [last] = [...files.keys()].filter((path) => path.startsWith('tile/entries/')).slice(-1)
    const cut = new Map(files).set(last!, formatBundle(entriesIn(files.get(last!)!).slice(0, 40)))
    expect(await verdictOf(cut)).toMatchObject({ code: 'export.entry', index: 552 })
  })

  it('A1 A6 refuses an export of which any bit of any hash was turned', async () => {
    const files = await exported(70_000)
    const tiles = [...files.keys()].filter((path) => /^tile\/\d/.test(path))
    const chosen = ['tile/0/000', 'tile/0/273.p/112', 'tile/1/000', 'tile/1/001.p/17', 'tile/2/000.p/1']
    expect(tiles).toEqual(expect.arrayContaining(chosen))
    for (const path of chosen) {
      const bytes = files.get(path)!.slice()
      bytes[bytes.length - 1]! ^= 1
      expect(await verdictOf(new Map(files).set(path, bytes))).toMatchObject({ ok: false })
    }
    expect(await verdictOf(files)).toMatchObject({ ok: true, size: 70_000, first: 0 })
  })

  it('A4 A5 refuses a tree that was rewritten from its leaves on, under the checkpoint as under one that another key signs', async () => {
    const [files, rewritten] = [await exported(size), await exported(size + 1)]
    const { root: other } = parseCheckpoint(Buffer.from(rewritten.get('checkpoint')!).toString()).head
    const kept = new Map(files).set('checkpoint', Buffer.from((await issueCheckpoint(log, { size, root: other })).note))
    expect(await verdictOf(kept)).toMatchObject({ code: 'export.root' })
    const { head } = parseCheckpoint(Buffer.from(files.get('checkpoint')!).toString())
    const signed = new Map(files).set('checkpoint', Buffer.from((await issueCheckpoint(mallory, head)).note))
    expect(await verdictOf(signed)).toMatchObject({ code: 'export.key' })
    expect(await verdictOf(signed, { log: log.did })).toMatchObject({ code: 'export.key' })
  })

  it('A5 refuses a key that no chain from the root leads to, and one whose chain has ended', async () => {
    const files = await exported(10)
    const withChain = async (chain: Promise<Uint8Array[]>) =>
      verdictOf(new Map(files).set('key-chains', Buffer.from(formatKeyChains([await chain]))))
    const stranger = generateIdentity((length) => new Uint8Array(length).fill(99))
    const own = async () => (await chainTo(node, log, LOG)).slice(2)
    expect(await withChain(own())).toMatchObject({ code: 'export.key' })
    expect(await withChain(chainTo(node, stranger, LOG))).toMatchObject({ code: 'export.key' })
    expect(await withChain(chainTo(node, log, WITNESS))).toMatchObject({ code: 'export.key' })
    expect(await withChain(chainTo(node, log, '/mesh/node'))).toMatchObject({ code: 'export.key' })
    expect(await withChain(Promise.resolve([]))).toMatchObject({ code: 'key-chains.malformed' })
    expect(await verdictOf(files, { root: mallory.did })).toMatchObject({ code: 'export.key' })
    expect(await verdictOf(files, undefined, NOW + 2 * DAY)).toMatchObject({ code: 'export.key' })
  })

  it('says whose it is and who has confirmed it, by the root of the mesh or by the key alone', async () => {
    const files = await exported(10)
    const common = { ok: true, log: log.did, size: 10, first: 0 }
    expect(await verdictOf(files)).toEqual({ ...common, node: node.did, cosigners: [otherNode.did] })
    expect(await verdictOf(files, { log: log.did })).toEqual({ ...common, node: null, cosigners: [witness.did] })
    expect(await verdictOf(await exported(0))).toMatchObject({ ok: true, size: 0 })
  })

  it('A2 takes entries as dropped only where the log itself says so', async () => {
    const files = await exported(1000, 512)
    expect(await verdictOf(files)).toMatchObject({ ok: true, first: 512 })
    const without = (path: string) => new Map([...files].filter(([other]) => other !== path))
    expect(await verdictOf(without('tile/entries/002'))).toMatchObject({ code: 'export.missing', index: 512 })
    const whole = await exported(1000)
    whole.delete('tile/entries/000')
    expect(await verdictOf(whole)).toMatchObject({ code: 'export.missing', index: 0 })
  })
})
