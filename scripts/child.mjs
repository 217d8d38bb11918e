/** A child process whose end is this process's end: exit codes and signals pass through, in both directions. */

import { spawn } from 'node:child_process'
import { root } from './tree.mjs'

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** A signal ended the child, and is to end this process too. */
class Interrupted extends Error {
  constructor(signal) {
    super(`interrupted by ${signal}`)
    this.signal = signal
  }
}

/**
 * Runs a command in the root folder. `stdio` is what `spawn` takes; of the streams that are `'pipe'`, the output comes
 * back as one string. Throws `Interrupted` when a signal ended the child or reached this process.
 */
export function run(command, args, { stdio = 'inherit', env = process.env, shell = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio, env, shell })
    let output = ''
    let received
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    const forward = (signal) => {
      received = signal
      // A terminal sends its Ctrl-C to the child as well, and a second one can mean "at once, without saving".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    for (const signal of forwarded) process.on(signal, forward)
    const done = (settle, value) => {
      for (const signal of forwarded) process.off(signal, forward)
      settle(value)
    }
    child.once('error', (error) => done(reject, error))
    child.once('close', (code, signal) => {
      // A child that handled the signal and left in order has the last word: its exit code is the answer.
      if (signal) done(reject, new Interrupted(received ?? signal))
      else done(resolve, { code, output })
    })
  })
}

/** Runs a script with this Node.js: no shell and no shim between the caller's signals and the program. */
export const node = (script, args, options) => run(process.execPath, [script, ...args], options)

/** Ends this process with the exit code that `work` comes to, or by the signal that ended its child. */
export async function endAs(work) {
  try {
    process.exitCode = await work()
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    process.kill(process.pid, error.signal)
  }
}
