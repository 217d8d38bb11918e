import type { Did } from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import { someone } from '../../test/lent.ts'
import { MemoryNotes } from '../manifests/notes.ts'
import { entered, summaryOf } from './ledger.ts'
import { type Entry, Records } from './records.ts'

const NOW = 1_767_225_600_000
const bob = someone().did
const entryOf = (subject: Did, ctx = ''): Entry => {
  const ledger = entered(undefined, 'success', NOW)
  return { subject, ctx, ledger, evidence: ['ab'.repeat(32)], said: { ...summaryOf(ledger), by: bob } }
}
const subjectsOf = (records: Records): readonly Did[] => Array.from(records.entries(), ({ subject }) => subject)

describe(Records, () => {
  it.each<[string, (entry: Entry) => unknown]>([
    ['is no document', () => 'x'],
    ['is of another kind', (entry) => ({ ...entry, extra: 1 })],
    ['is of somebody else', (entry) => ({ ...entry, subject: someone().did })],
    ['is of another context', (entry) => ({ ...entry, ctx: 'tool' })],
    [
      'is worth more than there is',
      (entry) => ({ ...entry, ledger: { ...entry.ledger, past: { ...entry.ledger.past, success: 3_000_001 } } }),
    ],
    ['is worth nothing that is a number', (entry) => ({ ...entry, ledger: { ...entry.ledger, at: Number.NaN } })],
    ['names what is no hash', (entry) => ({ ...entry, evidence: ['../..'] })],
  ])('K3 passes over what %s', (_, damage) => {
    const notes = new MemoryNotes()
    const records = new Records(notes)
    records.put(entryOf(bob))
    records.write()
    const [[key, note]] = [...notes.entries()] as [[string, Entry]]
    expect(subjectsOf(new Records(notes))).toEqual([bob])
    notes.set(key, damage(note))
    expect(subjectsOf(new Records(notes))).toEqual([])
  })

  it('T12 keeps no more than 4,096, and forgets first whom there has been nothing of for longest', () => {
    const notes = new MemoryNotes()
    const records = new Records(notes)
    const crowd = Array.from({ length: 4_097 }, () => someone().did)
    const [first, second] = crowd as [Did, Did]
    for (const did of crowd.slice(0, 4_096)) records.put(entryOf(did))
    records.write()
    records.put(entryOf(first))
    records.put(entryOf(crowd[4_096] as Did))
    records.write()
    expect(records.of(second, '')).toBeUndefined()
    expect(records.of(first, '')).toEqual(entryOf(first))
    expect([...notes.entries()]).toHaveLength(4_096)
    expect(new Records(notes).of(second, '')).toBeUndefined()
  })

  it('writes what has changed, once', () => {
    const notes = new MemoryNotes()
    const records = new Records(notes)
    records.put(entryOf(bob, 'tool'))
    expect([...notes.entries()]).toEqual([])
    records.write()
    const [[key]] = [...notes.entries()] as [[string, unknown]]
    notes.set(key, undefined)
    records.write()
    expect([...notes.entries()]).toEqual([])
  })
})
