import { once } from 'node:events'
import type { Encodable } from '@trustmesh/identity'
import { joinAs } from '../agent.ts'
import type { Cli } from '../cli.ts'
import { type AnyCommand, command, json, Option } from '../command.ts'
import { refusalOf } from '../failure.ts'
import { refusalText } from '../output.ts'

/** `trustmesh agent` */
export function agentCommand(cli: Cli): AnyCommand {
  return command(
    'agent',
    'runs a small agent until you end it: it answers, and shows whom it lets through; for trying things',
  )
    .argument('<name>', 'of its key, which is made where there is none')
    .option('--kind <kind>', 'what kind of message it answers', 'task')
    .addOption(
      new Option('--min-tier <tier>', 'whom')
        .choices(['known', 'trusted', 'vouched'] as const)
        .default('trusted' as const),
    )
    .option('--ctx <context>', 'in which context they have to reach that', '')
    .option('--answer <json>', 'what it answers; what it was asked unless told otherwise', json)
    .option('--invitation <token>', 'brings it in where admission is by invitation')
    .action(async (name, { kind, minTier, ctx, answer, invitation }) => {
      const known = await cli.known()
      await using mesh = await joinAs(cli, name, invitation === undefined ? {} : { invitation })
      if (!Object.hasOwn(known.petnames, name)) await known.name(name, mesh.did)
      mesh.on(kind, { minTier, ctx }, (content, peer) => {
        const data = { event: 'answered', peer: peer.did, kind, content }
        cli.output.answer(
          'AgentEvent',
          data,
          ({ peer: did }, paint) => `${paint('green', '✓')} ${known.shown(did)}: ${JSON.stringify(content)}`,
        )
        return (answer === undefined ? content : answer) as Encodable
      })
      const joined = { event: 'joined', did: mesh.did, kind, minTier }
      cli.output.answer(
        'AgentEvent',
        joined,
        ({ did }) => `${name} is ${did}; it answers "${kind}" of who is ${minTier}`,
      )
      const denials = (async () => {
        for await (const denial of mesh.denials()) {
          const data = { event: 'denied', denial }
          cli.output.answer('AgentEvent', data, (shown, paint) =>
            refusalText(refusalOf(shown.denial, known.named), paint),
          )
        }
      })()
      const reason = await Promise.race([mesh.closed(), once(cli.world.signal, 'abort').then(() => null)])
      mesh.close()
      await denials
      if (reason !== null)
        cli.output.answer('AgentEvent', { event: 'closed', reason }, (data) => `it is out of the mesh: ${data.reason}`)
    })
}
