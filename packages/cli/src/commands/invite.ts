import { CONTRACTS } from '@trustmesh/mesh-node/admin'
import { invite } from '@trustmesh/mesh-node/setup'
import type { Guest } from '@trustmesh/trust'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { type AnyCommand, command, duration } from '../command.ts'

interface Said {
  readonly guest: Guest
  readonly ttlMs: number
  readonly url: string | undefined
}

/** `trustmesh invite` */
export function inviteCommand(cli: Cli): AnyCommand {
  return command('invite', 'prints a token that brings in one node, or agents; a secret while it holds')
    .option('--node', 'for one node')
    .option('--agent', 'for as many agents as have it')
    .option('--ttl <time>', 'how long it holds: 30m, 7d (default: 1h)', duration)
    .option('--url <url>', 'where they find this node, if not where it listens')
    .action(async ({ node, agent, ttl = 3_600_000, url }) => {
      if (node === agent) throw new CliError('cli.usage', 'invite either --node or --agent')
      const guest: Guest = node ? 'node' : 'agent'
      const token = await invitation(cli, { guest, ttlMs: ttl, url })
      cli.output.answer('Invitation', { guest, ttlMs: ttl, token }, (made) => made.token)
    })
}

/** By the keys on this machine, where it is a node of a mesh; by the node of the context otherwise. */
async function invitation(cli: Cli, said: Said): Promise<string> {
  if (await cli.mesh()) return await invite(await cli.nodePorts(), said)
  const { guest, ttlMs, url } = said
  const body = { guest, ttlMs, ...(url !== undefined && { url }) }
  return (await (await cli.client()).call(CONTRACTS.createInvitation, { body })).invitation
}
