import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { CATALOGUE } from '@trustmesh/simulations'
import { loadScenario } from '@trustmesh/simulator'
import { describe, expect, it } from 'vitest'
import { Terminal } from './terminal.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const { files } = await import(`${root}scripts/tree.mjs`)
const documents = (files() as string[]).filter((path) => path.endsWith('.md') && !path.startsWith('docs/reference/'))
const guide = await readFile(new URL('../../docs/guides/command-line.md', import.meta.url), 'utf8')

/** Of each command that the guide has a row for, its options. */
const rows = new Map(
  [...guide.matchAll(/^\| `trustmesh ([a-z ]*[a-z])[^`]*` \|.*\|([^|]*)\|$/gm)].map(([, name = '', options = '']) => [
    name,
    [...options.matchAll(/`(--[a-z-]+)`/g)].map(([, option]) => option).sort(),
  ]),
)

/** What `--help` lists under a head: the first words of its lines. */
function listed(help: string, head: string): string[] {
  const [, part = ''] = help.split(`\n${head}:\n`)
  const [lines = ''] = part.split('\n\n')
  return [...lines.matchAll(/^ {2}(?:-\w, )?(\S+)/gm)].map(([, word = '']) => word)
}

/** All commands that do something, with their options, by what their help says. */
async function commandsOf(person: Terminal, path: readonly string[] = []): Promise<Map<string, string[]>> {
  const { stdout: help } = await person.run([...path, '--help'])
  const inner = listed(help, 'Commands')
  const found = new Map<string, string[]>()
  if (inner.length === 0)
    found.set(
      path.join(' '),
      listed(help, 'Options')
        .filter((option) => option !== '--help')
        .sort(),
    )
  for (const name of inner) for (const each of await commandsOf(person, [...path, name])) found.set(...each)
  return found
}

describe('docs/guides/command-line.md', () => {
  it('has each command of the program with each of its options, and no others', async () => {
    await using person = await Terminal.open()
    const commands = await commandsOf(person)
    expect(commands.size).toBeGreaterThan(25)
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(commands))
  })

  it('has the options of every command', async () => {
    await using person = await Terminal.open()
    const { stdout: help } = await person.run(['--help'])
    const options = listed(help, 'Options').filter(
      (option) => !['--help', '--version'].includes(option.replace(',', '')),
    )
    expect(options.filter((option) => !guide.includes(`| \`${option}\` |`))).toEqual([])
  })
})

/** Whatever a document has somebody type: in code, up to where the shell goes on with something else. */
function typedIn(markdown: string): string[] {
  return [...markdown.matchAll(/(?:^|[`$(] ?|&& )trustmesh ([^`\n]*)/gm)].map(([, typed = '']) =>
    typed.replace(/ ?(?:#|\||&&|;|→).*$/, ''),
  )
}

/** As options, whatever a scenario of the catalogue can be told. */
async function parametersOf(scenario: string): Promise<string[]> {
  if (!Object.hasOwn(CATALOGUE, scenario)) return []
  const { parameters } = (await loadScenario(scenario, CATALOGUE)).scenario
  return Object.keys(parameters).map((name) => `--${name}`)
}

describe('documents', () => {
  it('have nobody type a command or an option that there is not', async () => {
    await using person = await Terminal.open()
    const commands = await commandsOf(person)
    const { stdout: help } = await person.run(['--help'])
    const everywhere = [...listed(help, 'Options'), '--version', '--help']
    const wrong: string[] = []
    let seen = 0
    for (const path of documents) {
      for (const typed of typedIn(await readFile(root + path, 'utf8'))) {
        // Without what stands in quotes: it is told, and not an option.
        const words = typed
          .replace(/"[^"]*"|'[^']*'/g, 'TEXT')
          .split(/\s+/)
          .filter(Boolean)
        const names = words.filter((word) => /^[a-z]+(-[a-z]+)*$/.test(word))
        const name = [names.slice(0, 2).join(' '), names[0] ?? '', `${names[0]} list`].find((each) =>
          commands.has(each),
        )
        const options = words.filter((word) => /^--[a-z]/.test(word)).map((word) => word.replace(/[^A-Za-z-].*$/, ''))
        const parameters = name === 'sim run' ? await parametersOf(names[2] ?? '') : []
        const known = [...everywhere, ...(commands.get(name ?? '') ?? []), ...parameters]
        const isGroup = [...commands.keys()].some((each) => each.startsWith(`${names[0]} `))
        if (names.length > 0 && name === undefined && !isGroup) wrong.push(`${path}: trustmesh ${typed}`)
        if (name !== undefined && options.some((option) => !known.includes(option)))
          wrong.push(`${path}: trustmesh ${typed}`)
        seen += 1
      }
    }
    expect([seen > 50, wrong]).toEqual([true, []])
  })
})
