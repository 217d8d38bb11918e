import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { compileProgram } from './program.ts'

const run = promisify(execFile)
const APPENDS = 40

/** Each call of a trace that succeeded, by what it does to which file, when it has returned. */
function* callsOf(trace: string): Iterable<string> {
  const unfinished = new Map<string, string>()
  for (const line of trace.split('\n')) {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text)
    const whole = resumed ? `${unfinished.get(thread)}${resumed[1]}` : text
    if (whole.endsWith('<unfinished ...>')) unfinished.set(thread, whole)
    const [, call, descriptor, path] = /^(\w+)\((\d+)<([^>]*)>.*= \d+$/.exec(whole) ?? []
    const what = descriptor === '1' ? 'answer' : whatIsAt(path ?? '')
    if (call && what) yield `${call.replace(/^pwrite64$/, 'write')} ${what}`
  }
}

function whatIsAt(path: string): string | null {
  if (/statements\/\d+\.log$/.test(path)) return 'log'
  return path.endsWith('statements.anchor') ? 'anchor' : null
}

const hasStrace = await run('strace', ['-V']).then(
  () => true,
  () => false,
)

describe('an append that is acknowledged', () => {
  it.skipIf(!hasStrace && !process.env['CI'])(
    'K1 was written and synced, and after it the anchor, when it was acknowledged',
    async () => {
      await using folder = await temporaryFolder()
      const program = join(folder.path, 'appender.mjs')
      await compileProgram(new URL('appender.ts', import.meta.url), program)
      const trace = join(folder.path, 'trace')
      const options = ['-f', '-y', '-s', '0', '-e', 'trace=fsync,fdatasync,write,pwrite64', '-o', trace]
      const args = [program, join(folder.path, 'store'), '0', '1', `${APPENDS}`]
      const { stdout } = await run('strace', [...options, process.execPath, ...args])
      expect(stdout.trim().split('\n')).toHaveLength(APPENDS)

      const calls = [...callsOf(await readFile(trace, 'utf8'))]
      const answers = calls.flatMap((call, at) => (call === 'write answer' ? [at] : []))
      expect(answers).toHaveLength(APPENDS)
      for (const [n, at] of answers.entries()) {
        const since = calls.slice(n === 0 ? 0 : (answers[n - 1] ?? 0) + 1, at)
        expect(since.slice(-4)).toEqual(['write log', 'fdatasync log', 'write anchor', 'fdatasync anchor'])
      }
    },
  )
})
