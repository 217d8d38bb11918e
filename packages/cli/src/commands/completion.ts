import type { Cli } from '../cli.ts'
import { type AnyCommand, command, InvalidArgumentError } from '../command.ts'
import { completionScript, SHELLS, type Shell } from '../completion.ts'

/** `trustmesh completion` */
export function completionCommand(cli: Cli, program: () => AnyCommand): AnyCommand {
  return command('completion', 'prints a script by which a shell completes commands and options')
    .argument('<shell>', SHELLS.join(', '), (text): Shell => {
      const shell = SHELLS.find((known) => known === text)
      if (!shell) throw new InvalidArgumentError(`One of ${SHELLS.join(', ')}.`)
      return shell
    })
    .addHelpText(
      'after',
      '\n  source <(trustmesh completion bash)\n  trustmesh completion fish > ~/.config/fish/completions/trustmesh.fish',
    )
    .action((shell) => {
      const script = completionScript(program(), shell)
      if (cli.output.isJson) cli.output.answer('Completion', { shell, script }, () => '')
      else cli.output.text(script)
    })
}
