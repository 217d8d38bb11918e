import type { Comparison } from '@trustmesh/simulator'
import type { Cli } from '../cli.ts'
import { type AnyCommand, command } from '../command.ts'
import { type Paint, table } from '../output.ts'
import { loadSimulator } from '../simulator.ts'

/** Below which a difference is taken for one. */
const SIGNIFICANT = 0.05

/** `trustmesh sim compare` */
export function simCompareCommand(cli: Cli): AnyCommand {
  return command('compare', 'how the measures of two experiments differ, and how likely chance would do the same')
    .argument('<a>', 'the folder of the one')
    .argument('<b>', 'the folder of the other, less which the one is taken')
    .action(async (a, b) => {
      const { comparisonOf, readManifest, readRecords } = await loadSimulator()
      const read = async (folder: string) => ({
        manifest: await readManifest(folder),
        records: await readRecords(folder),
      })
      const comparison = comparisonOf(await read(a), await read(b))
      cli.output.answer('SimulationComparison', { a, b, ...comparison }, comparisonText)
    })
}

function comparisonText({ differing, isPaired, differences }: Comparison, paint: Paint): string {
  const hasPoints = differences.some(({ point }) => point > 0)
  const rows = differences.map(({ point, measure, a, b, difference, interval, p, adjusted }) => [
    ...(hasPoints ? [String(point)] : []),
    ...[measure, String(a), String(b), signed(difference)],
    ...[interval ? interval.map(signed).join(' to ') : 'too few runs', p?.toPrecision(2) ?? ''],
    adjusted === null ? '' : paint(adjusted < SIGNIFICANT ? 'bold' : 'dim', adjusted.toPrecision(2)),
  ])
  return [
    differing.length > 0 ? `they differ in ${differing.join(', ')}` : 'they are the same experiment',
    isPaired ? 'runs of the same seed were held against each other' : 'their runs have different seeds',
    '',
    table([...(hasPoints ? ['point'] : []), 'measure', 'a', 'b', 'b − a', '95 %', 'p', 'p (Holm)'], rows),
  ].join('\n')
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : String(value).replace('-', '−')
}
