import { appendFile, chmod, mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MemoryNotes, type Notes } from '../../packages/sdk/src/manifests/notes.ts'
import { FileNotes } from '../../packages/sdk/src/platform/file-notes.ts'
import { temporaryFolder } from './temporary-folder.ts'

const allOf = (notes: Notes): (readonly [string, unknown])[] => [...notes.entries()]
const fail = (error: unknown): never => {
  throw error
}

function notesContract(name: string, make: () => Promise<Notes & Partial<AsyncDisposable>>): void {
  describe(name, () => {
    it('keeps the last note of each key, and none that was taken away', async () => {
      const notes = await make()
      notes.set('a', 1)
      notes.set('b', { of: [null, 'text'] })
      notes.set('a', null)
      notes.set('c', 3)
      notes.set('b', undefined)
      notes.set('never', undefined)
      expect([notes.get('a'), notes.get('b'), notes.get('c'), notes.get('d')]).toEqual([null, undefined, 3, undefined])
      expect(allOf(notes)).toEqual([
        ['a', null],
        ['c', 3],
      ])
      await notes.close()
      await notes[Symbol.asyncDispose]?.()
    })
  })
}

notesContract('MemoryNotes', async () => new MemoryNotes())
notesContract('FileNotes', async () => {
  const folder = await temporaryFolder()
  const notes = await FileNotes.open(join(folder.path, 'bob.notes'), fail)
  return Object.assign(notes, { [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() })
})

describe('FileNotes', () => {
  it('are there in the next run, in the same order, for their owner alone', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'agents', 'bob.notes')
    const notes = await FileNotes.open(path, fail)
    for (const [key, note] of [
      ['a', 1],
      ['b\n', 'two\nlines'],
      ['c', 3],
      ['a', 4],
      ['c', undefined],
    ] as const)
      notes.set(key, note)
    await notes.close()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const again = await FileNotes.open(path, fail)
    expect(allOf(again)).toEqual(allOf(notes))
    expect(allOf(again)).toEqual([
      ['b\n', 'two\nlines'],
      ['a', 4],
    ])
  })

  it('K2 lose no more than the line that was cut off, nor what is written behind it', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'bob.notes')
    const first = await FileNotes.open(path, fail)
    first.set('a', 1)
    await first.close()
    await appendFile(path, '\n["b",{"cut')
    const second = await FileNotes.open(path, fail)
    second.set('c', 3)
    await second.close()
    await appendFile(path, '\n7\nnull\n{}\n[]\n[1,2]')
    expect(allOf(await FileNotes.open(path, fail))).toEqual([
      ['a', 1],
      ['c', 3],
    ])
  })

  it('may be written by two processes, of which one is about to go', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'bob.notes')
    const [old, young] = [await FileNotes.open(path, fail), await FileNotes.open(path, fail)]
    old.set('a', 1)
    young.set('b', 2)
    old.set('c', 3)
    await Promise.all([old.close(), young.close()])
    expect(allOf(await FileNotes.open(path, fail)).sort()).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ])
  })

  it('K8 do not grow without end where the same is noted over and over', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'bob.notes')
    const notes = await FileNotes.open(path, fail)
    notes.set('kept', 'all along')
    for (let n = 0; n < 5_000; n++) notes.set(`key-${n % 3}`, n)
    await notes.close()
    const lines = (await readFile(path, 'utf8')).split('\n')
    expect(lines.length).toBeLessThan(1_100)
    expect(Object.fromEntries(allOf(await FileNotes.open(path, fail)))).toEqual({
      ...{ kept: 'all along', 'key-0': 4_998, 'key-1': 4_999, 'key-2': 4_997 },
    })
  })

  it('say what cannot be written, and go on for as long as the process runs', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'bob.notes')
    const errors: unknown[] = []
    const notes = await FileNotes.open(path, (error) => errors.push(error))
    await mkdir(path)
    notes.set('a', 1)
    notes.set('b', 2)
    await notes.close()
    expect(errors).toEqual([expect.objectContaining({ code: 'EISDIR' }), expect.objectContaining({ code: 'EISDIR' })])
    expect(notes.get('a')).toBe(1)
    await chmod(path, 0o700)
    await expect(FileNotes.open(path, fail)).rejects.toMatchObject({ code: 'EISDIR' })
  })
})
