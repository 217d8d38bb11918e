import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { entered, summaryOf } from '../../packages/sdk/src/outcomes/ledger.ts'
import { Records } from '../../packages/sdk/src/outcomes/records.ts'
import { FileNotes } from '../../packages/sdk/src/platform/file-notes.ts'
import { someone } from '../e2e/kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

const NOW = 1_767_225_600_000

describe('what has been seen of others', () => {
  it('K1 is there again when the agent is, as it was written last', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'researcher.notes')
    const open = () => FileNotes.open(path, (error) => expect.unreachable(String(error)))
    const subject = someone().did
    for (let run = 1; run <= 3; run++) {
      const notes = await open()
      const records = new Records(notes)
      const before = records.of(subject, 'tool')
      expect(before?.ledger.day.success ?? 0).toBe(run - 1)
      const ledger = entered(before?.ledger, 'success', NOW)
      records.put({ subject, ctx: 'tool', ledger, evidence: [], said: { ...summaryOf(ledger), by: subject } })
      records.write()
      await notes.close()
    }
  })
})
