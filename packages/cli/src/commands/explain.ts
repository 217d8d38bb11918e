import { CONTRACTS } from '@trustmesh/mesh-node/admin'
import type { Cli } from '../cli.ts'
import { type AnyCommand, command } from '../command.ts'

/** Evidence is counted in micro-units. */
const UNIT = 1_000_000

/** `trustmesh explain` */
export function explainCommand(cli: Cli): AnyCommand {
  return command('explain', 'who made somebody stand as they do')
    .argument('<did>', 'a petname, a Did, or the beginning of one')
    .option('--ctx <context>', 'in which context: tool/search; general unless told otherwise', '')
    .action(async (who, { ctx }) => {
      const known = await cli.known()
      const did = await known.did(who)
      const explanation = await (await cli.client()).call(CONTRACTS.getExplanation, { params: { did }, query: { ctx } })
      cli.output.answer('Explanation', explanation, ({ standing, contributions, rest, positive, negative }, paint) => {
        const { status, tier, score, confidence } = standing
        const lines = contributions.map(({ rater, share, credit, path }) => {
          const way = path.length > 1 ? `, by way of ${path.slice(0, -1).map(known.shown).join(' → ')}` : ''
          return `  ${share < 0 ? paint('red', '−') : paint('green', '+')} ${amount(share)}  ${known.shown(rater)}, relied on at ${credit} of 1000${way}`
        })
        if (rest.raters > 0)
          lines.push(`  and ${rest.raters} more: +${amount(rest.positive)} −${amount(rest.negative)}`)
        const nobody = 'nobody who is relied on here has rated it'
        return [
          `${paint('bold', known.shown(did))} is ${status}, ${tier} (${score}), confidence ${confidence} of 1000${ctx ? `, in ${ctx}` : ''}`,
          `evidence for it ${amount(positive)}, against it ${amount(negative)}`,
          ...(lines.length > 0 ? lines : [nobody]),
        ].join('\n')
      })
    })
}

function amount(micros: number): string {
  return (Math.abs(micros) / UNIT).toFixed(3)
}
