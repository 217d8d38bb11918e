import { type Did, toBase64url } from '@trustmesh/identity'
import { CONTRACTS } from '@trustmesh/mesh-node/admin'
import type { AttestOptions } from '@trustmesh/sdk'
import { issueAttestation } from '@trustmesh/trust'
import { joinAs } from '../agent.ts'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { type AnyCommand, command, duration, integer } from '../command.ts'
import type { OperationView } from '../operation-shown.ts'
import { report, show } from '../operations.ts'
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
    .option('--dry-run', 'as the authority: shows who would stand otherwise, and does nothing')
    .action(async (who, { value, ctx, weight, ttl, as, root = false, rootDir, dryRun = false }) => {
      if (as !== undefined && root) throw new CliError('cli.usage', 'it is either --as or --root')
      if (dryRun && (as !== undefined || root))
        throw new CliError('cli.usage', '--dry-run is for the authority of the node: without --as and --root')
      const sub = await (await cli.known()).did(who)
      const said = {
        value,
        ...(ctx !== undefined && { ctx }),
        ...(weight !== undefined && { weight }),
        ...(ttl !== undefined && { ttlMs: ttl }),
      }
      if (as !== undefined) return await byAgent(cli, as, sub, said)
      if (root) return await report(cli, await byRoot(cli, rootDir, sub, said), false)
      const body = { sub, ...said }
      const client = await cli.client()
      if (dryRun) return await show(cli, await client.call(CONTRACTS.previewAttestation, { body }))
      await report(cli, await client.call(CONTRACTS.createAttestation, { body }), false)
    })
}

async function byAgent(cli: Cli, name: string, sub: Did, said: AttestOptions): Promise<void> {
  await using mesh = await joinAs(cli, name)
  await mesh.attest(sub, said)
  const known = await cli.known()
  cli.output.answer('Attestation', { iss: mesh.did, sub, ...said }, ({ iss, value }, paint) => {
    return `${paint('green', '✓')} ${known.shown(iss)} gives ${known.shown(sub)} ${value}`
  })
}

async function byRoot(cli: Cli, folder: string | undefined, sub: Did, said: AttestOptions): Promise<OperationView> {
  const { root, issuance } = await openRoot(cli, folder)
  const { ttlMs, ...attestation } = said
  const exp = ttlMs === undefined ? {} : { exp: issuance.clock.now() + ttlMs }
  const { bytes } = await issueAttestation(root, { ...attestation, ...exp, sub }, issuance)
  const body = { statement: toBase64url(bytes) }
  const { operation } = await (await cli.client()).call(CONTRACTS.submitStatement, { body })
  // There is one of everything new that the root says of somebody.
  return operation as OperationView
}
