import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../packages/cli/bin/trustmesh.js', import.meta.url))

/** The scenario that these tests play: over in an instant, and all that can go wrong in one. */
export const weather: string = fileURLToPath(new URL('fixtures/weather.js', import.meta.url))

/** An envelope, by its kind: tests look at what they know is there. */
// biome-ignore lint/suspicious/noExplicitAny: What it holds is what is tested.
export type Line = { readonly kind: string; readonly data?: any; readonly error?: any }

/** What a command has said, line by line, and ended with. */
export interface Ended {
  readonly exitCode: number | null
  readonly lines: readonly Line[]
  readonly stderr: string
}

/** A researcher in a folder of their own. */
export class Researcher implements AsyncDisposable {
  readonly folder: string

  static async open(): Promise<Researcher> {
    return new Researcher(await mkdtemp(join(tmpdir(), 'trustmesh-sim-')))
  }

  private constructor(folder: string) {
    this.folder = folder
  }

  /** `trustmesh sim …`, in a process of its own. */
  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const own = { PATH: process.env['PATH'], HOME: this.folder, TRUSTMESH_HOME: this.folder, ...env }
    return spawn(process.execPath, [program, 'sim', ...args], {
      cwd: this.folder,
      env: own,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  async sim(...args: readonly string[]): Promise<Ended> {
    return await endOf(this.start(args))
  }

  /** The files of a folder, by name. */
  async files(folder: string): Promise<Record<string, string>> {
    const path = join(this.folder, folder)
    const names = await readdir(path)
    return Object.fromEntries(
      await Promise.all(names.sort().map(async (name) => [name, await readFile(join(path, name), 'utf8')])),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** What a process says until it ends. */
export async function endOf(child: ChildProcess): Promise<Ended> {
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text
    })
  }
  const [exitCode] = (await once(child, 'close')) as [number | null]
  const lines = said.stdout.split('\n').filter(Boolean)
  return { exitCode, lines: lines.map((line) => JSON.parse(line) as Line), stderr: said.stderr }
}
