/**
 * # @trustmesh/cli
 *
 * The program `trustmesh`: `docs/guides/command-line.md` has each of its commands. One command is one file in `commands/`, a
 * function of a `Cli`, which is one run of the program: its options, its `Output`, the contexts, the config and keys of this
 * machine, and the `AdminClient` of the node that is meant. What a run ends with is decided in `exit-codes.ts` alone, and
 * `commander` is seen by `command.ts` alone.
 */

import { run } from './run.ts'

// A reader that has seen enough, `| head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const controller = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort())

const { env, stdin, stdout, stderr } = process
process.exitCode = await run(process.argv.slice(2), { env, stdin, stdout, stderr, signal: controller.signal })
