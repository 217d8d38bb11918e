import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { canMount, own } from './own-disk.ts'
import { compileProgram } from './program.ts'

describe('a disk that is full', () => {
  it.skipIf(!canMount && !process.env['CI'])(
    'K4 O7 takes nothing but what cuts somebody off, forgets none of that, and is as before when there is room again',
    async () => {
      await using folder = await temporaryFolder()
      const program = join(folder.path, 'full-disk.mjs')
      await compileProgram(new URL('full-disk.ts', import.meta.url), program)
      const disk = join(folder.path, 'disk')
      await mkdir(disk)
      const script = 'mount -t tmpfs -o size=12m none "$1"; exec "$2" "$3" "$1"'
      const { stdout } = await own(script, disk, process.execPath, program)
      expect(JSON.parse(stdout)).toEqual({
        before: 'added',
        filling: ['added'],
        ordinary: 'store.read-only',
        'ordinary in force': false,
        trouble: 'store.read-only',
        revocation: 'added',
        'past the reserve': ['store.not-durable', 'store.not-durable'],
        held: 'store.not-durable',
        'cut off': [true, true],
        alarms: ['read-only', 'writable'],
        after: 'added',
        reserve: true,
        kept: [0, 0],
        'still cut off': [true, true],
        'opened on a full disk': [0, 0, true],
        'revocation on a full disk': 'added',
      })
    },
  )
})
