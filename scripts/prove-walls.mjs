/**
 * The walls are real: each rule of `biome.json`, of `biome/*.grit` and of `promises.mjs` that this project relies on is
 * broken once, in an empty copy of the layout, and has to say so; and what the rules allow has to pass in silence.
 */

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { unawaited } from './promises.mjs'
import { files, root } from './tree.mjs'
import { allowed, developmentOnly, undeclared, violations } from './violations.mjs'

const complaints = [...proveLinter(), ...provePromises()]
for (const complaint of complaints) console.log(complaint)
console.log(`${Object.keys(violations).length} violations and ${Object.keys(allowed).length} files in order`)
process.exitCode = complaints.length === 0 ? 0 : 1

function proveLinter() {
  const layout = mkdtempSync(join(tmpdir(), 'trustmesh-walls-'))
  try {
    for (const rules of ['biome.json', 'biome', '.gitignore']) {
      cpSync(root + rules, join(layout, rules), { recursive: true })
    }
    for (const path of files().filter((file) => /(^|\/)package\.json$/.test(file))) write(layout, path, manifest())
    for (const [path, { code }] of Object.entries(violations)) write(layout, path, code)
    for (const [path, code] of Object.entries(allowed)) write(layout, path, code)
    const reported = lint(layout)
    return [
      ...Object.entries(violations).flatMap(([path, expected]) => compare(path, expected, reported.get(path) ?? [])),
      ...Object.keys(allowed).flatMap((path) =>
        (reported.get(path) ?? []).map((it) => `${path}: ${it.category} ${it.message}`),
      ),
      ...unproven([...reported.values()].flat()),
    ]
  } finally {
    rmSync(layout, { recursive: true, force: true })
  }
}

/** Declares whatever is imported here, so that nothing but the wall itself stands in the way. */
function manifest() {
  const imported = [...Object.values(violations).map(({ code }) => code), ...Object.values(allowed)]
    .flatMap((code) => [...code.matchAll(/(?:from |import\()'([^']+)'/g)])
    .map(([, module]) => /^(?:@[^/]+\/)?[^/]+/.exec(module)[0])
    .filter((name) => !name.startsWith('.') && !isBuiltin(name) && name !== undeclared && name !== developmentOnly)
  return JSON.stringify({
    type: 'module',
    dependencies: Object.fromEntries(imported.map((name) => [name, '1.0.0'])),
    devDependencies: { [developmentOnly]: '1.0.0' },
  })
}

function write(layout, path, text) {
  mkdirSync(join(layout, dirname(path)), { recursive: true })
  writeFileSync(join(layout, path), text)
}

/** What Biome finds wrong, by file; not its warnings. */
function lint(layout) {
  const args = ['lint', '--reporter=json', '--max-diagnostics=none', '--diagnostic-level=error']
  const biome = spawnSync(process.execPath, [`${root}node_modules/@biomejs/biome/bin/biome`, ...args], {
    cwd: layout,
    encoding: 'utf8',
  })
  if (!biome.stdout.startsWith('{')) throw new Error(`biome did not run: ${biome.stdout}${biome.stderr}`)
  const byFile = new Map()
  for (const diagnostic of JSON.parse(biome.stdout).diagnostics) {
    const { path } = diagnostic.location
    byFile.set(path, [...(byFile.get(path) ?? []), diagnostic])
  }
  return byFile
}

function compare(path, { rule = 'plugin', why = '' }, diagnostics) {
  const isExpected = ({ category, message }) => category === rule && message.startsWith(why)
  if (diagnostics.length > 0 && diagnostics.every(isExpected)) return []
  const got = diagnostics.map(({ category, message }) => `${category} "${message}"`).join(', ') || 'nothing'
  return [`${path}: expected only ${rule} "${why}", got ${got}`]
}

/** Every message that a plugin can give has to be given by some violation above. */
function unproven(diagnostics) {
  return readdirSync(`${root}biome`).flatMap((name) => {
    const text = readFileSync(`${root}biome/${name}`, 'utf8')
    const messages = [...text.matchAll(/(?:\$why|message) = "([^"]+)"/g)].map(([, message]) => message)
    const silent = messages.filter((message) => !diagnostics.some((diagnostic) => diagnostic.message === message))
    return silent.map((message) => `biome/${name}: nothing proves "${message}"`)
  })
}

function provePromises() {
  const code = `
    declare function work(): Promise<number>
    declare function listen(handler: () => void): void
    declare function wait(handler: () => void | Promise<void>): void
    const map = new Map<string, Promise<number>>()
    work() // caught
    work().then(() => 1) // caught
    work().finally(() => 1) // caught
    map.get('x') // caught
    if (map.size > 0 && map.has('y')) map.size > 1 && work() // caught
    ;[1].map(async () => 1) // caught
    listen(async () => {}) // caught
    new Promise(async (resolve) => resolve(1)).catch(() => {}) // caught
    void work()
    await work()
    map.set('x', work())
    work().catch(() => 1).finally(() => work())
    work().then(() => 1, () => 2)
    wait(async () => {})
    listen(() => void work())
  `
  const file = ts.createSourceFile('/promises.ts', code, ts.ScriptTarget.ES2023, true)
  const host = ts.createCompilerHost({})
  const options = { target: ts.ScriptTarget.ES2023, lib: ['lib.es2023.d.ts'], strict: true, types: [], noEmit: true }
  const program = ts.createProgram(['/promises.ts'], options, {
    ...host,
    getSourceFile: (name, ...rest) => (name === '/promises.ts' ? file : host.getSourceFile(name, ...rest)),
  })
  const lineOf = (line) => Number(/\((\d+),/.exec(line)[1])
  const caught = unawaited(file, program.getTypeChecker()).map(lineOf)
  return code.split('\n').flatMap((text, index) => {
    const expected = text.endsWith('// caught')
    if (caught.includes(index + 1) === expected) return []
    return [`promises.mjs ${expected ? 'misses' : 'wrongly reports'}: ${text.trim()}`]
  })
}
