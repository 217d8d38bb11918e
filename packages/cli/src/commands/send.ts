import type { Encodable } from '@trustmesh/identity'
import { Chain } from '@trustmesh/sdk'
import { joinAs } from '../agent.ts'
import type { Cli } from '../cli.ts'
import { type AnyCommand, command, json } from '../command.ts'

/** `trustmesh send` */
export function sendCommand(cli: Cli): AnyCommand {
  return command('send', 'asks an agent, and prints what it answers; a refusal says why, and what would turn it')
    .argument('<to>', 'whom: a petname, a Did, or the beginning of one')
    .argument('[content]', 'what, in JSON', json)
    .option('--as <name>', 'which agent of yours asks', 'agent')
    .option('--kind <kind>', 'what kind of message', 'task')
    .option('--chain <chain>', 'the chain that allows it, as "trustmesh delegate" prints it')
    .option('--no-reply', 'does not wait for an answer')
    .action(async (to, content, { as, kind, chain, reply }) => {
      const did = await (await cli.known()).did(to)
      await using mesh = await joinAs(cli, as)
      const options = {
        ...{ timeoutMs: cli.timeoutMs, signal: cli.world.signal },
        ...(chain !== undefined && { chain: Chain.parse(chain) }),
      }
      if (reply) {
        const answer = await mesh.request(did, kind, content as Encodable, options)
        cli.output.answer(
          'Reply',
          { from: did, content: answer },
          (data) => JSON.stringify(data.content, null, 2) ?? '',
        )
      } else {
        await mesh.send(did, kind, content as Encodable, options)
        cli.output.answer('Sent', { to: did }, (_, paint) => `${paint('green', '✓')} it has it`)
      }
    })
}
