import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entriesIn, formatBundle } from './bundle.ts'
import { inclusionProof, treeRoot, verifyInclusion } from './proof.ts'
import { hashesBy, tileAt, tilePath, tilesOf, widthIn } from './tile.ts'
import { leafHash, rootOf } from './tree-hash.ts'

describe(tilePath, () => {
  it.each([
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 1, index: 1_234_067, width: 256 }, 'tile/1/x001/x234/067'],
    [{ level: 'entries', index: 1000, width: 17 }, 'tile/entries/x001/000.p/17'],
  ] as const)('gives %j its path and back', (tile, path) => {
    expect(tilePath(tile)).toBe(path)
    expect(tileAt(path)).toEqual(tile)
  })

  it.each([
    'checkpoint',
    'tile/00/000',
    'tile/7/000',
    'tile/0/0',
    'tile/0/x000/001',
    'tile/0/001/002',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/0/../000',
    'tile/0/000/',
    '/tile/0/000',
    `tile/0/${'x999/'.repeat(8)}999`,
  ])('refuses %s', (path) => {
    expect(tileAt(path)).toBeNull()
  })
})

describe(tilesOf, () => {
  it('lists the tiles that C2SP says a tree of 70,000 has', () => {
    const paths = [...tilesOf(70_000)].map(tilePath)
    const ofLevel = (level: string) => paths.filter((path) => path.startsWith(`tile/${level}/`))
    expect([ofLevel('0').length, ofLevel('1').length, ofLevel('2').length, ofLevel('entries').length]).toEqual([
      274, 2, 1, 274,
    ])
    for (const path of ['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1', 'tile/entries/273.p/112']) {
      expect(paths).toContain(path)
    }
    expect(new Set(paths).size).toBe(paths.length)
  })
})

describe(hashesBy, () => {
  it('reads from tiles what the leaves give, also beyond one level', async () => {
    const leaves = Array.from({ length: 66_000 }, (_, i) => leafHash(Buffer.from(`${i}`)))
    const tiles = new Map<string, readonly Uint8Array[]>()
    for (const { level, index, width } of tilesOf(leaves.length)) {
      if (level === 'entries') continue
      const span = 256 ** level
      const start = index * 256 * span
      const hashes = Array.from({ length: width }, (_, i) => {
        const below = tiles.get(`${level - 1}/${index * 256 + i}`)
        return below ? rootOf(below) : (leaves[start + i] as Uint8Array)
      })
      tiles.set(`${level}/${index}`, hashes)
    }
    const read = hashesBy(async (level, index) => tiles.get(`${level}/${index}`) ?? [])
    const root = await treeRoot(leaves.length, read)
    expect(root).toEqual(rootOf(leaves))
    for (const index of [0, 255, 256, 65_535, 65_536, 65_999]) {
      const proof = await inclusionProof(index, leaves.length, read)
      expect(verifyInclusion(leaves[index]!, index, { size: leaves.length, root }, proof)).toBe(true)
    }
    expect(widthIn(leaves.length, 2, 0)).toBe(1)
  })
})

describe(formatBundle, () => {
  it('gives entries back as they were, and refuses one that is too long', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 20 }), (entries) => {
        expect(entriesIn(formatBundle(entries)).map((entry) => [...entry])).toEqual(entries.map((entry) => [...entry]))
      }),
    )
    expect(() => formatBundle([new Uint8Array(65_536)])).toThrow(expect.objectContaining({ code: 'bundle.size' }))
  })

  it('gives those before the place where it breaks off', () => {
    const bundle = formatBundle([Buffer.from('one'), Buffer.from('two')])
    expect(entriesIn(bundle.subarray(0, -1))).toHaveLength(1)
    expect(entriesIn(bundle.subarray(0, 1))).toHaveLength(0)
  })
})
