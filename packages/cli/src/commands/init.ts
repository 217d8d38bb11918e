import { join } from 'node:path'
import { type Did, loadOrCreate } from '@trustmesh/identity'
import { systemClock } from '@trustmesh/identity/node'
import { init } from '@trustmesh/mesh-node/setup'
import { Chain } from '@trustmesh/sdk'
import { issueDelegation } from '@trustmesh/trust'
import type { Cli } from '../cli.ts'
import { type AnyCommand, command, Option } from '../command.ts'
import { list } from '../output.ts'
import { openRoot } from '../root-key.ts'

const YEAR_MS = 365 * 86_400_000
/** How many links may follow that of the first operator: it makes others operators, and they theirs. */
const OPERATOR_DEPTH = 2

/** `trustmesh init` */
export function initCommand(cli: Cli): AnyCommand {
  return command('init', 'makes a mesh, its first node on this machine, and an operator with all powers')
    .option('--name <name>', 'what the mesh is called, for people', '')
    .addOption(
      new Option('--admission <kind>', 'who may join').choices(['open', 'invited'] as const).default('open' as const),
    )
    .option('--root <dir>', 'folder for the key of the root; "root" in the data folder unless told otherwise')
    .option('--plain-root', 'leaves that key without a passphrase: for a try')
    .option('--operator <name>', 'what the key of the operator is called', 'operator')
    .action(async ({ name, admission, root, plainRoot = false, operator }) => {
      const config = await cli.config()
      const rootDir = root ?? join(config.dataDir, 'root')
      const made = await init(await cli.nodePorts(), { name, admission, rootDir, isRootPlain: plainRoot })
      const { root: founder, issuance } = await openRoot(cli, rootDir)
      const { identity } = await loadOrCreate(cli.operatorKeys, operator)
      const exp = systemClock.now() + YEAR_MS
      const grant = { aud: identity.did, can: '/mesh/operator', depth: OPERATOR_DEPTH, exp }
      const { bytes } = await issueDelegation(founder, grant, issuance)
      const contexts = await cli.contexts()
      const context = await cli.contextName()
      await contexts.put(context, {
        root: founder.did,
        node: made.node,
        config: await cli.configFile(),
        operator: { key: operator, did: identity.did, chain: Chain.from([bytes]).toString() },
        petnames: {
          [operator]: identity.did,
          node: made.node,
          root: founder.did,
          authority: made.authorities[0] as Did,
        },
      })
      await contexts.use(context)
      const data = { ...made, operator: identity.did, context, contexts: contexts.path }
      cli.output.answer('Mesh', data, (mesh, paint) =>
        [
          `${paint('green', '✓')} a mesh, and its first node`,
          list([
            ['root', mesh.root],
            ['node', mesh.node],
            ['operator', mesh.operator],
            ['root key', mesh.rootKey],
            ['context', `${mesh.context}, in ${mesh.contexts}`],
          ]),
          'next: trustmesh up',
        ].join('\n'),
      )
    })
}
