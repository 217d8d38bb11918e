import { once } from 'node:events'
import type { Cli } from '../cli.ts'
import { type AnyCommand, command } from '../command.ts'
import { demonstrate, SPONSOR } from '../demo.ts'
import { list } from '../output.ts'

/** `trustmesh up` */
export function upCommand(cli: Cli): AnyCommand {
  return command('up', 'runs the node on this machine until you end it; without a mesh, one of its own')
    .option('--demo', 'also runs agents that talk, and shows what becomes of that')
    .option('--accept-loss', 'goes on without what a damaged store has lost, though no other node can make it whole')
    .action(async ({ acceptLoss = false, demo = false }) => {
      // All that a node is takes longer to load than most commands run.
      const { createLog, startNode } = await import('@trustmesh/mesh-node')
      const config = await cli.config()
      const sponsor = demo ? [await cli.agentDid(SPONSOR)] : []
      const roots = [...config.roots, ...sponsor]
      const level = demo ? 'error' : config.log.level
      const log = createLog({ level, to: { write: (text) => cli.output.raw(text) } })
      const configFile = await cli.configFile()
      const passphrase = () => cli.passphrase()
      await using running = await startNode({ ...config, roots }, { log, acceptLoss, configFile, passphrase })
      const { url, adminUrl: admin, node, newTokens } = running
      const context = await cli.contextName()
      const root = (await cli.mesh())?.mesh.root
      await (await cli.contexts()).put(context, {
        ...{ admin, config: configFile, node: node.did, root },
        petnames: { node: node.did },
        ...(newTokens[0] && { token: newTokens[0].token }),
      })
      const data = { url, admin, did: node.did, joinFile: config.joinFile, context }
      cli.output.answer('Node', data, (said, paint) =>
        [
          `${paint('green', '✓')} the node serves`,
          list([
            ['agents', said.url],
            ['operators', said.admin],
            ['node', said.did],
            ['join file', said.joinFile],
          ]),
        ].join('\n'),
      )
      if (demo) await demonstrate(cli)
      else if (!cli.world.signal.aborted) await once(cli.world.signal, 'abort')
    })
}
