import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { decode, identityFromSeed, keyOf, openStatement, sealStatement } from '@trustmesh/identity'
import { type BuildOptions, build, transform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const here = fileURLToPath(new URL('.', import.meta.url))
const packageFolder = fileURLToPath(new URL('../../packages/identity', import.meta.url))

interface Bundle {
  readonly code: string
  /** Paths of all files that went in, and what was left to be imported at run time. */
  readonly inputs: readonly string[]
  readonly externals: readonly string[]
}

async function bundle(entry: string, resolveDir: string, options: BuildOptions): Promise<Bundle> {
  const { metafile, outputFiles } = await build({
    stdin: { contents: `export * from '${entry}'`, resolveDir },
    bundle: true,
    format: 'iife',
    globalName: 'identity',
    target: 'es2022',
    logLevel: 'silent',
    ...options,
    write: false,
    metafile: true,
  })
  const [output] = Object.values(metafile.outputs)
  return {
    code: outputFiles[0]?.text ?? '',
    inputs: Object.keys(metafile.inputs),
    externals: (output?.imports ?? []).map(({ path }) => path),
  }
}

const BROWSER: BuildOptions = { platform: 'browser' }
const NODE: BuildOptions = { platform: 'node', format: 'esm' }

/** What a browser could not run. */
function nativeParts({ inputs, externals }: Bundle): string[] {
  const isNative = (path: string): boolean => /ed25519\/native\.|file-keystore|\.node$/.test(path)
  return [
    ...inputs.filter(isNative),
    ...externals.filter((path) => path.startsWith('node:') || isBuiltin(path) || isNative(path)),
  ]
}

/** The package as it is published: compiled, and found by its default export conditions alone. */
async function published(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'published-'))
  await writeFile(join(root, 'package.json'), await readFile(join(packageFolder, 'package.json')))
  await symlink(join(packageFolder, 'node_modules'), join(root, 'node_modules'), 'dir')
  const source = join(packageFolder, 'src')
  await cp(source, join(root, 'dist'), { recursive: true, filter: (path) => !path.endsWith('.test.ts') })
  for (const file of await readdir(join(root, 'dist'), { recursive: true })) {
    if (!file.endsWith('.ts')) continue
    const path = join(root, 'dist', file)
    const { code } = await transform(await readFile(path, 'utf8'), { loader: 'ts', target: 'es2023' })
    await writeFile(path.replace(/\.ts$/, '.js'), code.replace(/(from "\.[^"]*)\.ts"/g, '$1.js"'))
    await rm(path)
  }
  return root
}

let compiled: string
beforeAll(async () => {
  compiled = await published()
})
afterAll(() => rm(compiled, { recursive: true }))

describe('a bundle of @trustmesh/identity', () => {
  const source = (options: BuildOptions, ...conditions: string[]): Promise<Bundle> =>
    bundle('@trustmesh/identity', here, { ...options, conditions: ['@trustmesh/source', ...conditions] })
  const dist = (options: BuildOptions): Promise<Bundle> => bundle('@trustmesh/identity', compiled, options)

  it.each<[string, () => Promise<Bundle>]>([
    ['from source', () => source(BROWSER, 'browser')],
    [
      'from source, with no condition but the defaults',
      () => source({ platform: 'neutral', mainFields: ['module', 'main'] }),
    ],
    ['as published', () => dist(BROWSER)],
    [
      'as published, with no condition but the defaults',
      () => dist({ platform: 'neutral', mainFields: ['module', 'main'] }),
    ],
  ])('pulls in no Node builtin and nothing native for a browser, %s', async (_, make) => {
    const made = await make()
    expect(nativeParts(made)).toEqual([])
    expect(made.externals).toEqual([])
    expect(made.inputs.some((path) => /ed25519\/portable\.(ts|js)$/.test(path))).toBe(true)
  })

  it.each<[string, () => Promise<Bundle>]>([
    ['from source', () => source(NODE, 'node')],
    ['as published', () => dist(NODE)],
  ])('takes the native engine for Node, %s', async (_, make) => {
    const made = await make()
    expect(made.inputs.some((path) => /ed25519\/native\.(ts|js)$/.test(path))).toBe(true)
    expect(made.inputs.some((path) => /ed25519\/portable\.(ts|js)$/.test(path))).toBe(false)
    expect(made.externals).toContain('node:crypto')
    // So that the absence above means something.
    expect(nativeParts(made)).not.toEqual([])
  })

  it.each<[string, () => Promise<Bundle>]>([
    ['from source', () => source(BROWSER, 'browser')],
    ['as published', () => dist(BROWSER)],
  ])('runs where there is neither require nor process, and agrees with the native engine, %s', async (_, make) => {
    const { code } = await make()
    // The globals of a browser that the bundle may use, and no others.
    const context = createContext({ TextEncoder, TextDecoder })
    expect(runInContext('typeof require + typeof process + typeof Buffer', context)).toBe('undefined'.repeat(3))
    const claim = {
      net: new Uint8Array(32).fill(7),
      iat: 1_700_000_000_000,
      nonce: new Uint8Array(16).fill(9),
      note: 'hé🍺',
      value: 2 ** 40,
    }
    const native = await sealStatement(identityFromSeed(new Uint8Array(32).fill(1)), 'note', claim)
    Object.assign(context, { native: Buffer.from(native.bytes).toString('hex'), turned: native.bytes.length - 5 })
    const result = (await runInContext(
      `${code}
      ;(async () => {
        const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
        const bytes = Uint8Array.from(native.match(/../g), (pair) => Number.parseInt(pair, 16))
        const opened = identity.openStatement(bytes)
        const alice = identity.identityFromSeed(new Uint8Array(32).fill(1))
        const again = await identity.sealStatement(alice, 'note', opened.claim)
        const bob = await identity.sealStatement(identity.identityFromSeed(new Uint8Array(32).fill(2)), 'note', opened.claim)
        bytes[turned] ^= 1
        let code = 'accepted'
        try { identity.openStatement(bytes) } catch (error) { code = error.code }
        return JSON.stringify({ id: opened.id, signer: opened.signer, again: hexOf(again.bytes), bob: hexOf(bob.bytes), code })
      })()`,
      context,
    )) as string
    const { bob, ...rest } = JSON.parse(result) as Record<string, string>
    expect(rest).toEqual({
      id: native.id,
      signer: native.signer,
      again: Buffer.from(native.bytes).toString('hex'),
      code: 'statement.signature',
    })
    const theirs = openStatement(new Uint8Array(Buffer.from(bob as string, 'hex')))
    expect(theirs.claim).toEqual(claim)
    expect((decode(theirs.bytes) as unknown[])[3]).toEqual(keyOf(theirs.signer))
  })
})
