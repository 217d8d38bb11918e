import { Readable } from 'node:stream'
import { run } from '../../packages/cli/src/run.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

/** What a command has said, and ended with. */
export interface Said {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** An envelope of `--json`. */
export interface Envelope {
  readonly apiVersion: string
  readonly kind: string
  readonly data?: unknown
  readonly error?: { readonly code: string; readonly fix?: string; readonly why?: readonly string[] }
}

export interface TerminalOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly isTTY?: boolean
  readonly input?: string
  /** Interrupts the command. */
  readonly signal?: AbortSignal
  /** Told what is written to stdout, as it is. */
  readonly heard?: (text: string) => void
}

/** A person at a machine of their own: commands run in this process, on a folder that is theirs. */
export class Terminal implements AsyncDisposable {
  readonly home: string
  readonly #folder: AsyncDisposable
  readonly #env: Readonly<Record<string, string>>

  static async open(env: Readonly<Record<string, string>> = {}): Promise<Terminal> {
    const folder = await temporaryFolder()
    return new Terminal(folder, folder.path, env)
  }

  private constructor(folder: AsyncDisposable, home: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder
    this.home = home
    this.#env = env
  }

  async run(args: readonly string[], options: TerminalOptions = {}): Promise<Said> {
    const { env = {}, isTTY = false, input = '', signal = new AbortController().signal, heard } = options
    const [stdout, stderr] = [sink(isTTY, heard), sink(isTTY)]
    const exitCode = await run(args, {
      env: { TRUSTMESH_HOME: this.home, ...this.#env, ...env },
      stdin: Object.assign(Readable.from([input]), { isTTY }),
      ...{ stdout, stderr },
      signal,
    })
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() }
  }

  /** With `--json`: the one envelope that is printed. */
  async json(...args: readonly string[]): Promise<Envelope & { readonly exitCode: number }> {
    const { stdout, exitCode } = await this.run([...args, '--json'])
    return { ...(JSON.parse(stdout) as Envelope), exitCode }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]()
  }
}

function sink(
  isTTY: boolean,
  heard: (text: string) => void = () => {},
): { write(text: string): void; isTTY: boolean; text(): string } {
  const written: string[] = []
  const write = (text: string): void => {
    written.push(text)
    heard(text)
  }
  return { isTTY, write, text: () => written.join('') }
}
