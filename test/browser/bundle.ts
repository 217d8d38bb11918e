import { execFile } from 'node:child_process'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'

const scripts = new URL('../../scripts/', import.meta.url)
const root = fileURLToPath(new URL('../..', import.meta.url))

/** Brings `dist` of all packages up to date with their source. */
export async function buildPackages(): Promise<void> {
  const program = `
    const { build } = await import('${new URL('build.mjs', scripts)}')
    process.exitCode = (await build()).code`
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
}

/** What a user's bundler makes of a program and of the packages as they are published. */
export class Bundle {
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly #outputs: ReadonlyMap<string, Metafile['outputs'][string]>

  static async of(entry: string): Promise<Bundle> {
    const { outputFiles, metafile } = await build({
      entryPoints: { main: entry },
      ...{ bundle: true, splitting: true, format: 'esm', minify: true, target: 'es2022', outdir: dirname(entry) },
      ...{ platform: 'browser', conditions: ['browser'], logLevel: 'silent', absWorkingDir: root },
      ...{ write: false, metafile: true },
    })
    const outputs = Object.entries(metafile.outputs)
    return new Bundle(
      new Map(outputFiles.map(({ path, contents }) => [basename(path), contents])),
      new Map(outputs.map(([path, output]) => [basename(path), output])),
    )
  }

  private constructor(
    files: ReadonlyMap<string, Uint8Array>,
    outputs: ReadonlyMap<string, Metafile['outputs'][string]>,
  ) {
    this.files = files
    this.#outputs = outputs
  }

  /** What a page loads before anything runs: the entry, and all that it imports in turn. */
  get initial(): readonly string[] {
    return this.#withImports('main.js')
  }

  /** What a page has loaded once something has imported the module of that path. */
  loadedWith(path: string): readonly string[] {
    const [name] = [...this.#outputs].find(([, { entryPoint }]) => entryPoint === path) ?? []
    if (!name) throw new Error(`nothing imports ${path} by itself`)
    return [...new Set([...this.initial, ...this.#withImports(name)])]
  }

  /** The source files that went into some outputs, or into all. */
  inputs(names: readonly string[] = [...this.files.keys()]): string[] {
    return names.flatMap((name) => Object.keys(this.#outputs.get(name)?.inputs ?? {}))
  }

  /** What was left to be imported at run time. */
  get externals(): string[] {
    return [...this.#outputs.values()].flatMap(({ imports }) =>
      imports.flatMap((one) => (one.external ? one.path : [])),
    )
  }

  /** Each compressed by itself, as a server would. */
  gzipBytes(names: readonly string[]): number {
    return names.reduce((sum, name) => sum + gzipSync(this.files.get(name) as Uint8Array).length, 0)
  }

  /** Bytes before they are compressed, by the package that they come from; the most first. */
  byPackage(names: readonly string[]): [name: string, bytes: number][] {
    const sums = new Map<string, number>()
    for (const name of names) {
      for (const [path, { bytesInOutput }] of Object.entries(this.#outputs.get(name)?.inputs ?? {})) {
        const from = packageOf(path)
        sums.set(from, (sums.get(from) ?? 0) + bytesInOutput)
      }
    }
    return [...sums].sort(([, one], [, other]) => other - one)
  }

  #withImports(entry: string): readonly string[] {
    const reached = new Set([entry])
    for (const name of reached) {
      for (const { path, kind } of this.#outputs.get(name)?.imports ?? []) {
        if (kind === 'import-statement') reached.add(basename(path))
      }
    }
    return [...reached]
  }
}

function packageOf(path: string): string {
  const [, library] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? []
  const [, own] = /^packages\/([^/]+)\//.exec(path) ?? []
  return library ?? (own ? `@trustmesh/${own}` : path)
}
