import { CONTRACTS } from '@trustmesh/mesh-node/admin'
import { decide } from '@trustmesh/trust'
import type { Cli } from '../cli.ts'
import { type AnyCommand, command, Option } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { refusalOf } from '../failure.ts'
import { refusalText } from '../output.ts'

/** `trustmesh can` */
export function canCommand(cli: Cli): AnyCommand {
  return command('can', 'whether a gate would let somebody through; if not, why, and what would change that')
    .argument('<did>', 'a petname, a Did, or the beginning of one')
    .argument('[kind]', 'what for, in the words of the answer', 'task')
    .addOption(
      new Option('--min-tier <tier>', 'what the gate asks for')
        .choices(['known', 'trusted', 'vouched'] as const)
        .default('trusted' as const),
    )
    .option('--ctx <context>', 'in which context', '')
    .action(async (who, kind, { minTier, ctx }) => {
      const known = await cli.known()
      const did = await known.did(who)
      const client = await cli.client()
      const standing = await client.call(CONTRACTS.getStanding, { params: { did }, query: { ctx } })
      const { node: self = did } = await cli.context()
      const petname = known.petnameOf(did)
      const occasion = {
        ...{ peer: did, kind, epoch: standing.epoch, self, decider: 'the mesh' },
        ...(petname !== undefined && { peerName: petname }),
      }
      const verdict = decide({ standing }, { minTier, ctx }, occasion)
      const { status, tier, score } = standing
      const data = verdict.allow
        ? { did, allow: true, standing }
        : { did, allow: false, standing, denial: verdict.denial }
      cli.output.answer('Ruling', data, ({ denial }, paint) =>
        denial
          ? refusalText(refusalOf(denial, known.named), paint)
          : `${paint('green', '✓')} ${known.shown(did)} is ${status}, ${tier} (${score}): good for "${kind}", which needs ${minTier}`,
      )
      if (!verdict.allow) cli.exitCode = EXIT.denied
    })
}
