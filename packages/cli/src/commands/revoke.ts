import { type Did, type StatementId, toBase64url } from '@trustmesh/identity'
import { CONTRACTS } from '@trustmesh/mesh-node/admin'
import { Chain, type Mesh } from '@trustmesh/sdk'
import { issueRevocation } from '@trustmesh/trust'
import { joinAs } from '../agent.ts'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { type AnyCommand, command } from '../command.ts'
import type { OperationView } from '../operation-shown.ts'
import { reasonOf, report, show } from '../operations.ts'
import { operatorKey } from '../operator-key.ts'
import { openRoot } from '../root-key.ts'

type Target = { readonly did: Did } | { readonly iss: Did; readonly id: StatementId }

/** `trustmesh revoke` */
export function revokeCommand(cli: Cli): AnyCommand {
  return command('revoke', 'cuts off for good: sessions end, delegations are void, at every node')
    .argument('[dids...]', 'whom: petnames, Dids, or beginnings of them')
    .option('--reason <text>', 'why; it is signed, and shown to all')
    .option('--statement <id>', 'only that statement, of the one issuer who is named: the authority of the node')
    .option('--chain <chain>', 'only the last link of that chain, which you have delegated, or one before it')
    .option('--as <name>', 'with --chain: which agent of yours has; the operator that you are unless told')
    .option('--root', 'with --chain: with the key of the root, which takes back what makes somebody an operator')
    .option('--root-dir <dir>', 'folder of that key')
    .option('--subtree', 'with all that it vouched for or delegated; takes a second operator, always')
    .option('--dry-run', 'shows what it would do, and does nothing')
    .option('--wait', 'until every node has confirmed; exit 7 while some have not')
    .action(async (whom, options) => {
      const { statement, chain, as, root = false, rootDir } = options
      const { subtree = false, dryRun = false, wait = false } = options
      const why = reasonOf(options)
      if (chain !== undefined) {
        if (whom.length > 0 || dryRun)
          throw new CliError('cli.usage', '--chain goes with nobody else, and without --dry-run')
        if (as !== undefined && root) throw new CliError('cli.usage', 'it is either --as or --root')
        const taken = Chain.parse(chain)
        if (root) return await report(cli, await revokeAsRoot(cli, taken, why, rootDir), wait)
        return await revokeLink(cli, taken, why, as)
      }
      if (root) throw new CliError('cli.usage', '--root goes with --chain')
      const known = await cli.known()
      const dids: Did[] = []
      for (const who of whom) dids.push(await known.did(who))
      const [only, ...others] = dids
      if (only === undefined) throw new CliError('cli.usage', 'say whom')
      if ((statement !== undefined || subtree) && others.length > 0) {
        throw new CliError('cli.usage', '--statement and --subtree take one Did')
      }
      if (statement !== undefined && !/^[0-9a-f]{64}$/.test(statement)) {
        throw new CliError('cli.usage', 'the id of a statement is 64 hex digits')
      }
      const items: Target[] = statement ? [{ iss: only, id: statement as StatementId }] : dids.map((did) => ({ did }))
      const client = await cli.client()
      if (dryRun) {
        const preview = subtree
          ? await client.call(CONTRACTS.previewKillSwitch, { body: { did: only, reason: why } })
          : await client.call(CONTRACTS.previewRevocation, { body: { items, reason: why } })
        return await show(cli, preview)
      }
      const operation = subtree
        ? await client.call(CONTRACTS.createKillSwitch, { body: { did: only, reason: why } })
        : await client.call(CONTRACTS.createRevocation, { body: { items, reason: why } })
      await report(cli, operation, wait)
    })
}

/** What the root has delegated, or whoever has it of the root, it ends with its own key: any operator may bring that in. */
async function revokeAsRoot(
  cli: Cli,
  { leaf, links, root: issuer }: Chain,
  reason: string,
  folder: string | undefined,
): Promise<OperationView> {
  const { root, issuance } = await openRoot(cli, folder)
  if (issuer !== root.did) throw new CliError('cli.usage', `that chain is of ${issuer}; the root is ${root.did}`)
  const { iss, id } = leaf
  const revocation = { target: { iss, id }, reason, ...(iss !== root.did && { path: links }) }
  const { bytes } = await issueRevocation(root, revocation, issuance)
  const body = { statement: toBase64url(bytes) }
  const { operation } = await (await cli.client()).call(CONTRACTS.submitStatement, { body })
  // There is one of every revocation that is new to the node, as what was signed just now is.
  return operation as OperationView
}

/**
 * What somebody has delegated they take back themselves: no authority can do that for them. They join for that, so that the mesh
 * has room for what they say.
 */
async function revokeLink(cli: Cli, chain: Chain, reason: string, name: string | undefined): Promise<void> {
  await using mesh = name === undefined ? await joinAsOperator(cli) : await joinAs(cli, name)
  await mesh.revoke(chain, reason)
  const known = await cli.known()
  const data = { id: chain.id, can: chain.can, audience: chain.audience }
  cli.output.answer('Revocation', data, ({ can, audience }, paint) => {
    return `${paint('green', '✓')} ${known.shown(audience)} may no longer ${can} by this chain, nor whoever it has handed that on to`
  })
}

async function joinAsOperator(cli: Cli): Promise<Mesh> {
  const { identity } = await operatorKey(cli)
  return await joinAs(cli, 'operator', { identity })
}
