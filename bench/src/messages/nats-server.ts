import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import type { Hub, Usage } from './hub.ts'

const PROGRAM = 'nats-server'
/** Debian keeps it where only administrators look. */
const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` }
/** `_SC_CLK_TCK`, which is the same on every Linux. */
const TICKS_PER_SECOND = 100
const START_MS = 10_000

/** What stands in the rows that would be beside it. */
export const LEFT_OUT = 'left out: there is no nats-server here'

/** Whether there is one on this machine, and the machine says what a process uses. */
export function hasNatsServer(): boolean {
  return process.platform === 'linux' && spawnSync(PROGRAM, ['--version'], { env }).status === 0
}

/** `nats-server`, as it is unless told otherwise, on a port of its own. It ends with this process. */
export class NatsServer implements Hub {
  readonly place: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: string) {
    this.place = `127.0.0.1:${port}`
    this.#child = child
  }

  static async start(): Promise<NatsServer> {
    const child = spawn(PROGRAM, ['--addr', '127.0.0.1', '--port', '-1'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    process.once('exit', () => child.kill('SIGKILL'))
    // Whatever it says later is read too: nobody may wait for a reader.
    const lines = createInterface(child.stderr)
    const port = new Promise<string>((resolve) => {
      lines.on('line', (line) => {
        const [, port] = /Listening for client connections on .*:(\d+)/.exec(line) ?? []
        if (port) resolve(port)
      })
    })
    return new NatsServer(child, await Promise.race([port, late()]))
  }

  usage(): Usage {
    const file = (name: string): string => readFileSync(`/proc/${this.#child.pid}/${name}`, 'utf8')
    // Behind the name of the program, in which anything may stand.
    const fields = file('stat').split(') ')[1]?.split(' ') ?? []
    const ticks = Number(fields[11]) + Number(fields[12])
    const rssKib = Number(/VmRSS:\s*(\d+)/.exec(file('status'))?.[1])
    return { cpuMs: (ticks / TICKS_PER_SECOND) * 1000, rssKib }
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit')
    this.#child.kill()
    await exit
  }
}

async function late(): Promise<never> {
  await setTimeout(START_MS, undefined, { ref: false })
  throw new Error(`${PROGRAM} does not start`)
}
