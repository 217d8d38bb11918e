import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const examples = (await readdir(`${root}examples`, { withFileTypes: true })).filter((entry) => entry.isDirectory())

describe('examples/README.md', () => {
  it('lists each of them', async () => {
    const text = await readFile(`${root}examples/README.md`, 'utf8')
    const listed = [...text.matchAll(/^\| \[([\w-]+)\]\(\1\) \|/gm)].map(([, name]) => name)
    expect(listed.sort()).toEqual(examples.map(({ name }) => name).sort())
  })

  it.each(['README.md', ...examples.map(({ name }) => `${name}/README.md`)])(
    '%s names programs that there are',
    async (path) => {
      const text = await readFile(`${root}examples/${path}`, 'utf8')
      const named = [...text.matchAll(/\bnode ((?:examples|packages)\/\S+\.js)/g)].map(([, program = '']) => program)
      const sources = named.map((program) => program.replace(/\/dist\/(.*)\.js$/, '/src/$1.ts'))
      expect(sources.filter((source) => !existsSync(root + source))).toEqual([])
    },
  )
})
