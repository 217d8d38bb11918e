import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const { closureOf, contentOf, directOf, importers } = (await import(`${root}/scripts/production-dependencies.mjs`)) as {
  importers: readonly string[]
  directOf: (importer: string) => readonly string[]
  closureOf: (importer: string) => readonly string[]
  contentOf: (key: string) => { readonly name: string; readonly version: string; readonly sha512: string }
}

/** How much of others a package may ask for itself, and how much may come with it in all. Whoever needs more says why here. */
const AT_MOST: Readonly<Record<string, readonly [direct: number, inAll: number]>> = {
  // Nothing of its own; what identity brings.
  'packages/audit': [1, 30],
  'packages/cli': [4, 130],
  'packages/identity': [10, 30],
  'packages/mesh-node': [16, 130],
  'packages/protocol': [4, 30],
  'packages/sdk': [6, 45],
  // Plots are drawn by a library of many parts.
  'packages/simulator': [6, 175],
  'packages/testing': [1, 130],
  'packages/trust': [1, 30],
}

describe('what comes of others', () => {
  it('O11 is bounded for each package', () => {
    expect([...importers].sort()).toEqual(Object.keys(AT_MOST))
    for (const importer of importers) {
      const [direct, inAll] = AT_MOST[importer] ?? [0, 0]
      expect([importer, directOf(importer).length]).toEqual([importer, expect.toSatisfy((n: number) => n <= direct)])
      expect([importer, closureOf(importer).length]).toEqual([importer, expect.toSatisfy((n: number) => n <= inAll)])
    }
  })

  it('O11 is installed as the lockfile has it, and runs no code of its own then', () => {
    expect(read('scripts/install.mjs')).toContain("'--frozen-lockfile'")
    expect(parse(read('pnpm-workspace.yaml')).ignoreScripts).toBe(true)
    expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m)
    for (const key of importers.flatMap(closureOf)) expect(contentOf(key).sha512).toMatch(/^[0-9a-f]{128}$/)
  })

  it('O11 is named in a bill of materials, each by its content', () => {
    const print = (): string => execFileSync(process.execPath, [join(root, 'scripts/sbom.mjs')], { encoding: 'utf8' })
    const text = print()
    const { bomFormat, components } = JSON.parse(text)
    expect(bomFormat).toBe('CycloneDX')
    const named = components.map((it: { purl: string; hashes: [{ content: string }] }) => [
      it.purl,
      it.hashes[0].content,
    ])
    const wanted = [...new Set(importers.flatMap(closureOf))].map((key) => {
      const { name, version, sha512 } = contentOf(key)
      return [`pkg:npm/${name.replace('@', '%40')}@${version}`, sha512]
    })
    expect(named.sort()).toEqual(wanted.sort())
    expect(print()).toBe(text)
  })
})
