import { type Did, type Identity, meshIdOf } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { Chain } from '@trustmesh/sdk'
import { type Constraint, issueDelegation } from '@trustmesh/trust'
import { joinAs } from '../agent.ts'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { type AnyCommand, command, duration, integer, json } from '../command.ts'
import { operatorKey } from '../operator-key.ts'
import { openRoot } from '../root-key.ts'

interface Granted {
  readonly can: string
  readonly ttlMs?: number
  readonly depth?: number
  readonly where?: readonly Constraint[]
  readonly from?: Chain
}

/** `trustmesh delegate` */
export function delegateCommand(cli: Cli): AnyCommand {
  return command(
    'delegate',
    'lets somebody act for you, and prints the chain; without --as or --root, as the operator that you are',
  )
    .argument('<did>', 'whom: a petname, a Did, or the beginning of one')
    .requiredOption('--can <capability>', 'what, with all below it: /tool/search, /mesh/operator/view')
    .option('--ttl <time>', 'how long it holds: 1h, 30d (default: 1d, or as long as what it goes on from)', duration)
    .option('--depth <n>', 'how many may hand it on, one after the other', integer(0, 9))
    .option('--where <json>', 'restrictions, as in docs/guides/delegation.md', json)
    .option('--from <chain>', 'the chain that it goes on from')
    .option('--as <name>', 'which agent of yours lets it')
    .option('--root', 'lets it with the key of the root: makes an operator where there is none any more')
    .option('--root-dir <dir>', 'folder of that key')
    .action(async (who, { can, ttl, depth, where, from, as, root = false, rootDir }) => {
      if (as !== undefined && root) throw new CliError('cli.usage', 'it is either --as or --root')
      const known = await cli.known()
      const to = await known.did(who)
      const granted: Granted = {
        can,
        ...(ttl !== undefined && { ttlMs: ttl }),
        ...(depth !== undefined && { depth }),
        ...(where !== undefined && { where: where as readonly Constraint[] }),
        ...(from !== undefined && { from: Chain.parse(from) }),
      }
      const chain =
        as !== undefined
          ? await byAgent(cli, as, to, granted)
          : root
            ? await issue(cli, (await openRoot(cli, rootDir)).root, to, granted)
            : await byOperator(cli, to, granted)
      const data = {
        chain: chain.toString(),
        can: chain.can,
        audience: chain.audience,
        root: chain.root,
        depth: chain.depth,
        exp: chain.exp,
        id: chain.id,
      }
      cli.output.answer('Chain', data, (made) => made.chain)
      cli.output.note(
        `${known.shown(to)} may ${chain.can} until ${new Date(chain.exp).toISOString()}; ${chain.id.slice(0, 12)} is its last link`,
      )
    })
}

async function byAgent(cli: Cli, name: string, to: Did, granted: Granted): Promise<Chain> {
  await using mesh = await joinAs(cli, name)
  return await mesh.delegate(to, granted)
}

/** What an operator hands on of its own powers: nobody has to hold it but whom it is for. */
async function byOperator(cli: Cli, to: Did, granted: Granted): Promise<Chain> {
  const { identity, chain } = await operatorKey(cli)
  return await issue(cli, identity, to, { from: chain, ...granted })
}

async function issue(cli: Cli, identity: Identity, aud: Did, { from, ttlMs, ...granted }: Granted): Promise<Chain> {
  const root = from?.root ?? (await cli.context()).root ?? identity.did
  const issuance = { net: meshIdOf(root), clock: systemClock, random: systemRandom }
  const delegation = {
    ...{ ...granted, aud },
    ...(from && { parent: from.leaf }),
    ...(ttlMs !== undefined && { exp: systemClock.now() + ttlMs }),
  }
  const { bytes } = await issueDelegation(identity, delegation, issuance)
  return Chain.from([...(from?.links ?? []), bytes])
}
