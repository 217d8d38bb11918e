import { type Identity, openStatement } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { commitmentTo, type Manifest, parseManifest, StatementSet } from '@trustmesh/trust'
import { beforeEach, describe, expect, it } from 'vitest'
import { config, someone } from '../../test/lent.ts'
import { MeshError } from '../mesh-error.ts'
import { MemoryNotes, type Notes } from './notes.ts'
import { type ManifestOptions, Presentation, type PresentationOptions } from './presentation.ts'

const { net, policy } = config
const [bob, heir, recovery] = [someone(), someone(), someone()]
const said: ManifestOptions = { version: '1', capabilities: ['/tool/search'], model: 'm' }

let notes: Notes
let nowMs: number
let warnings: string[]

beforeEach(() => {
  notes = new MemoryNotes()
  nowMs = 1_767_225_600_000
  warnings = []
})

function prepare(manifest?: ManifestOptions, options: Partial<PresentationOptions> = {}): Promise<Presentation> {
  const clock = { now: () => nowMs++, monotonic: () => 0 }
  const log = { info: () => {}, warn: (message: string) => void warnings.push(message) }
  const issuance = { net, clock, random: systemRandom }
  return Presentation.prepare({
    ...{ identity: bob, name: 'bob', manifest, heir: async () => heir, issuance, notes, log },
    ...options,
  })
}
const read = (envelope: Uint8Array | null): Manifest | null => envelope && parseManifest(openStatement(envelope))
/** What is left with a node. */
async function leftBy(presentation: Presentation): Promise<Uint8Array[]> {
  const left: Uint8Array[] = []
  await presentation.leave(async (envelope) => left.push(envelope))
  return left
}

describe('Presentation', () => {
  it.each<[string, Partial<ManifestOptions>]>([
    ['a capability that is no path', { capabilities: ['search'] }],
    ['a version of two lines', { version: '1\n2' }],
    ['a version that is too long', { version: 'v'.repeat(65) }],
    ['a hash that is none', { bom: [{ name: 'x', version: '1', sha256: 'abc' }] }],
    ['a hash that is too short', { bom: [{ name: 'x', version: '1', sha256: 'ab' }] }],
    [
      'more than nodes take',
      { bom: Array.from({ length: 80 }, (_, i) => ({ name: `x${i}`, version: '1', sha256: '00'.repeat(32) })) },
    ],
  ])('refuses a manifest with %s, and says what one has to be like', async (_, change) => {
    const refused = { code: 'config.malformed', detail: expect.stringContaining('a manifest') }
    await expect(prepare({ ...said, ...change })).rejects.toMatchObject(refused)
    expect((await prepare()).latest).toBeNull()
  })

  it('I12 refuses to name another recovery key than at first', async () => {
    await prepare(said)
    await expect(prepare({ ...said, recovery: recovery.did })).rejects.toMatchObject({ code: 'config.malformed' })
    expect(read((await prepare(said)).first)).not.toHaveProperty('recovery')
  })

  it('I12 commits to the heir and the recovery key before anything else, and once', async () => {
    const presentation = await prepare({ ...said, recovery: recovery.did })
    expect(read(presentation.first)).toMatchObject({
      ...{ iss: bob.did, seq: 0, next: commitmentTo(heir.did), recovery: recovery.did, capabilities: [] },
    })
    expect(await leftBy(presentation)).toEqual([presentation.first, presentation.latest])
    // The heir may have been taken elsewhere since.
    expect((await prepare(said, { heir: async () => null })).first).toEqual(presentation.first)
  })

  it('I12 contradicts nothing where it runs twice, or has lost its memory', async () => {
    const firsts = []
    for (let run = 0; run < 3; run++) {
      notes = new MemoryNotes()
      firsts.push((await prepare({ ...said, version: `${run}`, recovery: recovery.did })).first as Uint8Array)
    }
    const set = new StatementSet({ net, policy })
    expect(firsts.map((first) => set.add(openStatement(first)).kind)).toEqual(['added', 'duplicate', 'duplicate'])
  })

  it('commits to nothing where there is nothing to commit to', async () => {
    const presentation = await prepare(said, { heir: async () => null })
    expect(presentation.first).toBeNull()
    expect(await leftBy(presentation)).toEqual([presentation.latest])
    const silent = await prepare(undefined, { heir: async () => null, notes: new MemoryNotes() })
    expect([silent.shown, await leftBy(silent)]).toEqual([[], []])
  })

  it('describes itself anew only where something has changed', async () => {
    const first = await prepare(said)
    expect(read(first.latest)).toMatchObject({ name: 'bob', version: '1', capabilities: ['/tool/search'], model: 'm' })
    expect(first.shown).toEqual([first.latest])
    const bom = [{ name: 'x', version: '1', sha256: 'AB'.repeat(32) }]
    const changes: [ManifestOptions, Partial<PresentationOptions>][] = [
      [{ ...said, version: '2' }, {}],
      [{ ...said, capabilities: [] }, {}],
      [{ version: '1', capabilities: ['/tool/search'] }, {}],
      [{ ...said, bom }, {}],
      [said, { name: 'robert' }],
    ]
    let seq = read(first.latest)?.seq ?? 0
    for (const [changed, options] of changes) {
      const { latest } = await prepare(changed, options)
      expect(read(latest)?.seq).toBeGreaterThan(seq)
      seq = read(latest)?.seq ?? 0
      for (const again of [changed, undefined]) expect((await prepare(again, options)).latest).toEqual(latest)
    }
  })

  it('never describes itself by what commits, whatever the clock says', async () => {
    nowMs = 0
    const { latest } = await prepare(said)
    expect(read(latest)?.seq).toBe(1)
    const set = new StatementSet({ net, policy })
    set.add(openStatement(latest as Uint8Array))
    nowMs = 0
    expect(set.add(openStatement((await prepare({ ...said, version: '2' })).latest as Uint8Array)).kind).toBe('added')
  })

  it('I12 goes on describing itself so under another key, with a commitment of that', async () => {
    const [before, next] = [await prepare(said), someone()]
    const after = await prepare(undefined, { identity: heir, heir: async () => next })
    expect(read(after.first)).toMatchObject({ iss: heir.did, next: commitmentTo(next.did) })
    expect(read(after.latest)).toMatchObject({
      iss: heir.did,
      version: '1',
      capabilities: ['/tool/search'],
      model: 'm',
    })
    expect(read(before.first)?.iss).toBe(bob.did)
  })

  it('goes by nothing that it finds noted and cannot read', async () => {
    const { first } = await prepare(said)
    for (const [key] of [...notes.entries()]) {
      for (const damaged of ['?', 7, null, 'AAAA']) {
        notes.set(key, damaged)
        expect((await prepare(said)).first).toEqual(first)
      }
    }
  })

  it('leaves again what the node has not acknowledged, and nothing else', async () => {
    const presentation = await prepare(said)
    const left: Uint8Array[] = []
    const fails = async (envelope: Uint8Array): Promise<void> => {
      left.push(envelope)
      if (left.length === 1) throw new MeshError('mesh.disconnected')
    }
    await Promise.all([presentation.leave(fails), presentation.leave(fails), presentation.leave(fails)])
    expect(left).toEqual([presentation.first, presentation.latest, presentation.first])
    expect(warnings).toEqual([])
    const refuses = () => Promise.reject(new MeshError('statement.refused', { detail: 'statement.size' }))
    await (await prepare(said)).leave(refuses)
    expect(warnings).toEqual(Array(2).fill(expect.stringContaining('statement.size')))
  })

  it('signs nothing, and opens no heir, where nothing has changed', async () => {
    await prepare(said)
    const never = (): Promise<never> => Promise.reject(new Error('not needed'))
    const identity: Identity = { ...bob, sign: never }
    for (const again of [said, undefined]) await prepare(again, { identity, heir: never })
  })
})
