import type { Cli } from './cli.ts'
import { type AnyCommand, command, waiting } from './command.ts'
import { agentCommand } from './commands/agent.ts'
import { agentsCommand } from './commands/agents.ts'
import { approveCommand } from './commands/approve.ts'
import { attestCommand } from './commands/attest.ts'
import { auditCommand } from './commands/audit.ts'
import { backupCommand, restoreCommand } from './commands/backup.ts'
import { canCommand } from './commands/can.ts'
import { completionCommand } from './commands/completion.ts'
import { configCommand } from './commands/config.ts'
import { delegateCommand } from './commands/delegate.ts'
import { doctorCommand } from './commands/doctor.ts'
import { evictCommand } from './commands/evict.ts'
import { explainCommand } from './commands/explain.ts'
import { idCommand } from './commands/id.ts'
import { initCommand } from './commands/init.ts'
import { inviteCommand } from './commands/invite.ts'
import { loginCommand } from './commands/login.ts'
import { nodeCommand } from './commands/node.ts'
import { revokeCommand } from './commands/revoke.ts'
import { sendCommand } from './commands/send.ts'
import { simCommand } from './commands/sim.ts'
import { suspendCommand } from './commands/suspend.ts'
import { tokenCommand } from './commands/token.ts'
import { upCommand } from './commands/up.ts'
import { watchCommand } from './commands/watch.ts'
import { VERSION } from './version.ts'

const EXITS = `
Exit codes: 0 ok, 1 failure, 2 usage, 3 not found, 4 denied, 5 unreachable, 6 check failed, 7 partly applied.
What is asked for goes to stdout, all else to stderr. docs/guides/command-line.md has each command.`

/** The whole program, with its options read into this run. */
export function programFor(cli: Cli): AnyCommand {
  const program = command(
    'trustmesh',
    'Who an agent is, how far to trust it, and how to cut it off everywhere at once.',
  )
    .version(VERSION)
    .option('--json', 'answers as JSON: {apiVersion, kind, data | error}, one a line where there are many')
    .option('--context <name>', 'which mesh, of those in contexts.json')
    .option('--config <file>', 'the config of the node on this machine')
    .option('--set <setting...>', 'one setting of the node, over all others: listen.port=4210')
    .option('--timeout <time>', 'how long to wait for anything: 90s, 5m (default: 30s)', waiting)
    .option('--prompt', 'asks for the passphrase of the keys')
    .addHelpText('after', EXITS)
    .hook('preAction', () => cli.begin(program.opts()))
  const commands = [
    initCommand(cli),
    upCommand(cli),
    nodeCommand(cli),
    inviteCommand(cli),
    backupCommand(cli),
    restoreCommand(cli),
    agentsCommand(cli),
    agentCommand(cli),
    idCommand(cli),
    sendCommand(cli),
    attestCommand(cli),
    delegateCommand(cli),
    revokeCommand(cli),
    suspendCommand(cli),
    evictCommand(cli),
    approveCommand(cli),
    explainCommand(cli),
    canCommand(cli),
    auditCommand(cli),
    watchCommand(cli),
    simCommand(cli),
    loginCommand(cli),
    tokenCommand(cli),
    doctorCommand(cli),
    configCommand(cli),
    completionCommand(cli, () => program),
  ]
  for (const each of commands) program.addCommand(each)
  settle(program, cli)
  return program
}

/** No command writes past the output of this run, or ends the process by itself. */
function settle(parsed: AnyCommand, cli: Cli): void {
  parsed
    .exitOverride()
    .helpCommand(false)
    .showHelpAfterError('--help tells more')
    .configureOutput({
      writeOut: (text) => cli.output.text(text),
      writeErr: (text) => {
        if (!cli.output.isJson) cli.output.raw(text)
      },
    })
  for (const each of parsed.commands) settle(each, cli)
}
