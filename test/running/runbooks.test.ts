import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Cli } from '../../packages/cli/src/cli.ts'
import type { AnyCommand } from '../../packages/cli/src/command.ts'
import { programFor } from '../../packages/cli/src/program.ts'

const docs = fileURLToPath(new URL('../../docs', import.meta.url))
const runbooks = readdirSync(join(docs, 'runbooks')).map((name) => `runbooks/${name}`)
const sinks = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
const program = programFor(new Cli({ env: {}, ...sinks, signal: new AbortController().signal }))

/** The command lines of a document, those that are whole and those that are mentioned. */
function commandsOf(markdown: string): { readonly line: string; readonly isWhole: boolean }[] {
  const blocks = [...markdown.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)
  const inline = [...markdown.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`(trustmesh [^`]+)`/g)]
  const lines = blocks.join('').replaceAll('\\\n', ' ').split('\n')
  return [
    ...lines.map((line) => ({ line: spelledOut(line.replace(/ +#.*$/, '')), isWhole: true })),
    ...inline.map(([, line = '']) => ({ line, isWhole: false })),
  ].flatMap(({ line, isWhole }) =>
    line
      .split(/ && | \| |; /)
      .filter((part) => part.startsWith('trustmesh '))
      .map((part) => ({ line: part, isWhole })),
  )
}

/** What runs in another one, behind it; and without what says where, or as whom. */
function spelledOut(line: string): string {
  const said = line.replace(/"\$\((.*?)\)"/g, 'TOKEN && $1')
  return said.replace(/(?:docker compose (?:exec|run) [^&]*?\w|sudo -Hu \w+) (?=trustmesh )/g, '')
}

/** What is wrong with a command line, for the program as it is. */
function faultIn(line: string, isWhole: boolean): string | null {
  const words = (line.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).slice(1).filter((word) => word !== '…')
  let command: AnyCommand = program
  const chain = [program]
  const given = new Set<string>()
  let operands = 0
  while (words.length > 0) {
    const word = words.shift() as string
    if (word.startsWith('--')) {
      const option = chain.flatMap(({ options }) => options).find(({ long }) => long === word)
      if (!option) return `no option ${word}`
      given.add(word)
      if (option.required && words.shift() === undefined && isWhole) return `${word} takes a value`
      continue
    }
    const below = operands === 0 ? command.commands.find((it) => it.name() === word) : undefined
    if (below) {
      command = below
      chain.push(below)
    } else if (command === program) return `no command ${word}`
    else operands += 1
  }
  if (!isWhole) return null
  const byDefault = command.commands.find((it) => it.name() === 'list')
  const { registeredArguments, options } = byDefault ?? command
  if (operands < registeredArguments.filter(({ required }) => required).length) return 'too few operands'
  if (operands > registeredArguments.length && !registeredArguments.some(({ variadic }) => variadic))
    return 'too many operands'
  const missing = options.find(({ mandatory, long }) => mandatory && long && !given.has(long))
  return missing ? `without ${missing.long}` : null
}

describe('commands in documents', () => {
  it.each([
    ['trustmesh revok ALICE', 'no command revok'],
    ['trustmesh revoke ALICE --resaon x', 'no option --resaon'],
    ['trustmesh node revoke ALICE', 'without --reason'],
    ['trustmesh can', 'too few operands'],
    ['trustmesh audit verify a b', 'too many operands'],
  ])('are not like %j', (line, fault) => {
    expect(faultIn(line, true)).toBe(fault)
  })

  it('are seen where others run them', () => {
    const run = 'docker compose run --rm two trustmesh node join "$(docker compose exec one trustmesh invit)"'
    const seen = commandsOf(`\`\`\`sh\n${run}\nsudo -Hu trustmesh trustmesh init\n\`\`\`\n`)
    expect(seen.map(({ line }) => line)).toEqual(['trustmesh node join TOKEN', 'trustmesh invit', 'trustmesh init'])
  })

  it.each([...runbooks, 'guides/running.md'])('of %s are those that the program has', (path) => {
    const commands = commandsOf(readFileSync(join(docs, path), 'utf8'))
    expect(commands.length).toBeGreaterThan(0)
    expect(commands.map(({ line, isWhole }) => [line, faultIn(line, isWhole)]).filter(([, fault]) => fault)).toEqual([])
  })

  it('are five runbooks, each with how to verify and what cannot be undone', () => {
    expect(runbooks).toHaveLength(5)
    for (const path of runbooks) {
      const text = readFileSync(join(docs, path), 'utf8')
      expect(text).toContain('\n## How to verify\n')
      expect(text).toContain('\n## What cannot be undone\n')
    }
  })
})
