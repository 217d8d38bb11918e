import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { canMount, own } from './own-disk.ts'
import { compileProgram } from './program.ts'

describe('an audit log on a disk that is full', () => {
  it.skipIf(!canMount && !process.env['CI'])(
    'A8 takes what must not happen without its entry, nothing else, nor that beyond its reserve; and forgets none of it',
    async () => {
      await using folder = await temporaryFolder()
      const program = join(folder.path, 'audit-full-disk.mjs')
      await compileProgram(new URL('audit-full-disk.ts', import.meta.url), program)
      const disk = join(folder.path, 'disk')
      await mkdir(disk)
      const script = 'mount -t tmpfs -o size=4m none "$1"; exec "$2" "$3" "$1"'
      const { stdout } = await own(script, disk, process.execPath, program)
      expect(JSON.parse(stdout)).toEqual({
        before: 'durable',
        full: ['durable'],
        isHealthyWhenFull: false,
        'past the reserve': 'audit.unavailable',
        after: 'durable',
        reserve: 262_144,
        tampering: [],
        'kept are those that were durable': true,
        'and of those past the reserve': true,
        beside: false,
        errors: true,
      })
    },
  )
})
