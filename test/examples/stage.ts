import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Did } from '@trustmesh/identity'
import { buildProjects, NodeProcess } from '../e2e/kit.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { Program } from './program.ts'

const examples = new URL('../../examples/', import.meta.url)
const vouch = pathOf('vouch/dist/vouch.js')

/** Brings the examples up to date with their source. */
export async function buildExamples(): Promise<void> {
  const names = ['vouch', 'hello', 'delegated-search', 'http-gate', 'mcp-server']
  await buildProjects('packages/mesh-node', ...names.map((name) => `examples/${name}`))
}

/** A node of its own, with ada for a root; and programs of the examples, which find it as they would on anybody's machine. */
export class Stage implements AsyncDisposable {
  readonly node: NodeProcess
  readonly #folder: Awaited<ReturnType<typeof temporaryFolder>>
  readonly #programs: Program[] = []

  static async open(): Promise<Stage> {
    const folder = await temporaryFolder()
    const { stdout } = await promisify(execFile)(process.execPath, [vouch], { env: envOf(folder.path) })
    const node = await NodeProcess.start({ home: folder.path, env: { TRUSTMESH_ROOTS: stdout.trim() } })
    return new Stage(folder, node)
  }

  private constructor(folder: Awaited<ReturnType<typeof temporaryFolder>>, node: NodeProcess) {
    this.#folder = folder
    this.node = node
  }

  /** Starts a program: `hello/dist/greeter.js`. */
  start(program: string, ...args: readonly string[]): Program {
    const started = new Program(pathOf(program), args, envOf(this.#folder.path))
    this.#programs.push(started)
    return started
  }

  /** Runs a program to its end. */
  async run(program: string, ...args: readonly string[]): Promise<Program> {
    const started = this.start(program, ...args)
    await started.ended
    return started
  }

  /** Ada attests somebody. */
  async vouch(did: Did, value = 800): Promise<void> {
    const { stdout } = await this.run('vouch/dist/vouch.js', did, String(value))
    if (!stdout.includes(`vouches for ${did}`)) throw new Error('ada could not vouch')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop()))
    await this.node.stop()
    await this.#folder[Symbol.asyncDispose]()
  }
}

/** Nothing of a mesh that this machine may have. */
function envOf(home: string): Readonly<Record<string, string>> {
  return { TRUSTMESH_HOME: home }
}

function pathOf(program: string): string {
  return fileURLToPath(new URL(program, examples))
}
