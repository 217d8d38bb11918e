import type { Identity } from '@trustmesh/identity'
import { Chain } from '@trustmesh/sdk'
import type { Cli } from './cli.ts'
import { CliError } from './cli-error.ts'

/** The operator that this person is in the context: the key, and the chain that gives it its powers. Rejects with `cli.no-credential`. */
export async function operatorKey(cli: Cli): Promise<{ readonly identity: Identity; readonly chain: Chain }> {
  const { operator } = await cli.context()
  if (!operator) {
    throw new CliError('cli.no-credential', 'you are no operator here', {
      fix: 'trustmesh login --key NAME --chain CHAIN, or --as NAME',
    })
  }
  const identity = await cli.operatorKeys.load(operator.key)
  if (identity?.did !== operator.did) {
    throw new CliError('cli.no-credential', `the key "${operator.key}" is not that of ${operator.did}`)
  }
  return { identity, chain: Chain.parse(operator.chain) }
}
