import type { Interval } from './bootstrap.ts'
import type { Figures } from './figures.ts'
import type { Prediction } from './prediction.ts'
import type { Resistance } from './resistance.ts'

/** The figures for people. */
export function reportOf({ data, prediction, predictionByDefinition, attack, baselines }: Figures): string {
  const aucs = (list: readonly Pick<Resistance, 'auc'>[]): string => list.map(({ auc }) => auc.toFixed(3)).join(' / ')
  const row = (name: string, each: Prediction, attacked: string, less: string): string[] => {
    return [name, each.auc.toFixed(3), interval(each), each.ap.toFixed(3), attacked, less]
  }
  const methods = [
    ['method', 'AUC', '95 %', 'AP neg', 'attack AUC, m = 0 / 1 / 10', 'ours less its AUC'],
    row('evidence flow', prediction, aucs(attack), ''),
    row('… a root is 1000', predictionByDefinition, '', ''),
    ...Object.entries(baselines).map(([name, { prediction: theirs, difference, attack: attacked }]) =>
      row(name, theirs, aucs(attacked), `${difference.auc.toFixed(3)} (${interval(difference)})`),
    ),
  ]
  const scores = [
    ['fooled', 'victims before', 'after', 'Sybils', 'leader', 'alone', 'most gained'],
    ...attack.map(({ m, victimsBefore, victimsAfter, sybils, leader, leaderAlone, leaderGain }) =>
      [m, victimsBefore, victimsAfter, sybils, leader, leaderAlone, leaderGain].map(String),
    ),
  ]
  const { file, ratings, agents, predicted } = data
  return [
    `${file}: ${ratings} ratings, ${agents} agents, the last ${predicted} predicted`,
    aligned(methods),
    'scores under attack, of 1000',
    aligned(scores),
  ].join('\n\n')
}

function interval({ lo, hi }: Interval): string {
  return `${lo.toFixed(3)} to ${hi.toFixed(3)}`
}

function aligned(lines: readonly (readonly string[])[]): string {
  const width = (column: number): number => Math.max(...lines.map((line) => line[column]?.length ?? 0))
  return lines
    .map((line) =>
      line
        .map((text, column) => text.padEnd(width(column)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
