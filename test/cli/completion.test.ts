import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Terminal } from './terminal.ts'

/** What bash would offer for the last of these words. */
async function offered(script: string, words: readonly string[]): Promise<string[]> {
  const program = `${script}\nCOMP_WORDS=("$@")\nCOMP_CWORD=$(($# - 1))\n_trustmesh\nprintf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', program, 'bash', 'trustmesh', ...words])
  return stdout.split('\n').filter(Boolean)
}

describe('completion', () => {
  it('by bash offers the commands, those of a command, and its options', async () => {
    await using person = await Terminal.open()
    const { stdout: script } = await person.run(['completion', 'bash'])
    expect(await offered(script, ['rev'])).toEqual(['revoke'])
    expect(await offered(script, ['id', ''])).toEqual(expect.arrayContaining(['show', 'new', 'petname', '--json']))
    expect(await offered(script, ['id', 'petname', '--f'])).toEqual(['--forget'])
    expect(await offered(script, ['--json', 'audit', 'v'])).toEqual(['verify'])
    expect(await offered(script, ['revoke', 'mallory', '--d'])).toEqual(['--dry-run'])
    expect(await offered(script, ['nonsense', '--dry'])).toEqual([])
  })

  it.each(['zsh', 'fish'])('for %s has every command', async (shell) => {
    await using person = await Terminal.open()
    const { stdout: help } = await person.run(['--help'])
    const commands = [...help.matchAll(/^ {2}([a-z]+) .* {2,}/gm)].map(([, name]) => name)
    const { stdout: script, exitCode } = await person.run(['completion', shell])
    expect([exitCode, commands.length > 15]).toEqual([0, true])
    expect(commands.filter((name) => !new RegExp(`\\b${name}\\b`).test(script))).toEqual([])
  })

  it('is not made up for a shell that it does not know', async () => {
    await using person = await Terminal.open()
    expect((await person.run(['completion', 'tcsh'])).exitCode).toBe(2)
  })
})
