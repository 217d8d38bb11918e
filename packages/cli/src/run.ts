import { Cli, type World } from './cli.ts'
import { isAnswered, isMisuse } from './command.ts'
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts'
import { failureOf } from './failure.ts'
import { programFor } from './program.ts'

/** Runs a command to its end; resolves to what the process ends with, whatever happens. */
export async function run(args: readonly string[], world: World): Promise<ExitCode> {
  const cli = new Cli(world)
  // Before anything has been read, for what goes wrong with the reading.
  cli.begin({ json: args.includes('--json') })
  try {
    await programFor(cli).parseAsync(args, { from: 'user' })
    return cli.exitCode
  } catch (error) {
    if (isAnswered(error)) return EXIT.ok
    // The parser has told people in its own words.
    if (!isMisuse(error) || cli.output.isJson) cli.output.failure(failureOf(error, await naming(cli)))
    return exitCodeOf(error)
  }
}

/** How this person calls others, as far as that can be read. */
async function naming(cli: Cli): Promise<((text: string) => string) | undefined> {
  return await cli.known().then(
    (known) => (cli.output.isJson ? undefined : known.named),
    () => undefined,
  )
}
