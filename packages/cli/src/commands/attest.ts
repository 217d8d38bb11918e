import { type Did, toBase64url } from '@trustmesh/identity'
import { CONTRACTS } from '@trustmesh/mesh-node/admin'
import type { AttestOptions } from '@trustmesh/sdk'
import { issueAttestation } from '@trustmesh/trust'
import { joinAs } from '../agent.ts'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import type { Request } from '../client.ts'
import { type AnyCommand, command, duration, integer } from '../command.ts'
import { openRoot } from '../root-key.ts'

/** `trustmesh attest` */
export function attestCommand(cli: Cli): AnyCommand {
  return command('attest', 'vouches for somebody, or warns of them')
    .argument('<did>', 'whom: a petname, a Did, or the beginning of one')
    .requiredOption('--value <n>', '-1000 (never again) to 1000', integer(-1000, 1000))
    .option('--ctx <context>', 'in which context: tool/search; general unless told otherwise')
    .option('--weight <n>', 'thousandths of a unit of evidence, 1 to 3000', integer(1, 3000))
    .option('--ttl <time>', 'how long it holds: 30d (default: 180d)', duration)
    .option('--as <name>', 'which agent of yours says so; the authority of the node unless told')
    .option('--root', 'says so with the key of the root, on whose word trust in the mesh rests')
    .option('--root-dir <dir>', 'folder of that key')
    .action(async (who, { value, ctx, weight, ttl, as, root = false, rootDir }) => {
      if (as !== undefined && root) throw new CliError('cli.usage', 'it is either --as or --root')
      const known = await cli.known()
      const sub = await known.did(who)
      const said = {
        value,
        ...(ctx !== undefined && { ctx }),
        ...(weight !== undefined && { weight }),
        ...(ttl !== undefined && { ttlMs: ttl }),
      }
      const made = root
        ? await byRoot(cli, rootDir, sub, said)
        : as === undefined
          ? await byAuthority(cli, { sub, ...said })
          : await byAgent(cli, as, sub, said)
      cli.output.answer('Attestation', { ...made, sub, ...said }, (_, paint) => {
        const who = 'iss' in made ? known.shown(made.iss) : 'the authority of the node'
        return `${paint('green', '✓')} ${who} gives ${known.shown(sub)} ${value}`
      })
    })
}

async function byAuthority(cli: Cli, body: Request<typeof CONTRACTS.createAttestation>['body']) {
  return await (await cli.client()).call(CONTRACTS.createAttestation, { body })
}

async function byAgent(cli: Cli, name: string, sub: Did, said: AttestOptions): Promise<{ readonly iss: Did }> {
  await using mesh = await joinAs(cli, name)
  await mesh.attest(sub, said)
  return { iss: mesh.did }
}

async function byRoot(
  cli: Cli,
  folder: string | undefined,
  sub: Did,
  said: AttestOptions,
): Promise<{ readonly iss: Did }> {
  const { root, issuance } = await openRoot(cli, folder)
  const { ttlMs, ...attestation } = said
  const exp = ttlMs === undefined ? {} : { exp: issuance.clock.now() + ttlMs }
  const { bytes } = await issueAttestation(root, { ...attestation, ...exp, sub }, issuance)
  const body = { statement: toBase64url(bytes) }
  await (await cli.client()).call(CONTRACTS.submitStatement, { body })
  return { iss: root.did }
}
