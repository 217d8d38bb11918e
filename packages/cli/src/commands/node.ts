import { join } from 'node:path'
import { CONTRACTS } from '@trustmesh/mesh-node/admin'
import { joinMesh as joinAsNode, renew } from '@trustmesh/mesh-node/setup'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { type AnyCommand, command } from '../command.ts'
import { report } from '../operations.ts'
import { list, table } from '../output.ts'

/** `trustmesh node` */
export function nodeCommand(cli: Cli): AnyCommand {
  const node = command('node', 'the nodes of a mesh, and the one on this machine')

  node.addCommand(
    command('join', 'makes this machine a node of the mesh which a token of "trustmesh invite --node" is of')
      .argument('<token>', 'the token')
      .action(async (token) => {
        const joined = await joinAsNode(await cli.nodePorts(), token)
        const contexts = await cli.contexts()
        const context = await cli.contextName()
        await contexts.put(context, {
          root: joined.root,
          node: joined.node,
          config: await cli.configFile(),
          petnames: { node: joined.node },
        })
        cli.output.answer('Member', joined, ({ root, node: did, peers }, paint) =>
          [
            `${paint('green', '✓')} a node of the mesh of ${root}`,
            list([
              ['node', did],
              ['peers', peers.map(({ url }) => url).join(', ')],
            ]),
            'next: trustmesh up',
          ].join('\n'),
        )
      }),
  )

  node.addCommand(
    command('renew', 'has the root extend all memberships by a year, from the next start of this node on')
      .option('--root <dir>', 'folder of the key of the root')
      .action(async ({ root }) => {
        const config = await cli.config()
        const renewed = await renew(await cli.nodePorts(), root ?? join(config.dataDir, 'root'))
        cli.output.answer(
          'Member',
          renewed,
          (_, paint) => `${paint('green', '✓')} for a year from the next start of this node on`,
        )
      }),
  )

  node.addCommand(
    command('list', 'the nodes of the mesh, and how old what is known of their revocations is').action(async () => {
      const known = await cli.known()
      const items = []
      for await (const item of (await cli.client()).items(CONTRACTS.listNodes)) items.push(item)
      cli.output.answer('NodeList', { items }, (data, paint) =>
        table(
          ['', 'NODE', 'STATE', 'STATEMENTS', 'HEARD'],
          data.items.map(({ did, isSelf, isLinked, state, statements, ageMs }) => [
            isSelf || isLinked ? paint('green', '●') : '○',
            `${known.shown(did)}${isSelf ? ' (this one)' : ''}`,
            state ?? 'unknown',
            String(statements ?? ''),
            isSelf ? '' : ageMs === null ? 'never' : `${Math.round(ageMs / 1000)} s ago`,
          ]),
        ),
      )
    }),
  )

  node.addCommand(
    command('revoke', 'cuts a node off for good, with the agents that it alone has admitted')
      .argument('<did>', 'which: a petname, a Did, or the beginning of one')
      .requiredOption('--reason <text>', 'why; it is signed, and shown to all')
      .option('--wait', 'until every node has confirmed; exit 7 while some have not')
      .action(async (who, { reason, wait = false }) => {
        const did = await (await cli.known()).did(who)
        const client = await cli.client()
        for await (const item of client.items(CONTRACTS.listNodes)) {
          if (item.did !== did) continue
          return await report(cli, await client.call(CONTRACTS.createRevocation, { body: { did, reason } }), wait)
        }
        throw new CliError('cli.not-found', `${did} is no node of this mesh`, { fix: 'trustmesh node list' })
      }),
  )

  return node
}
