import type { Row } from './benchmark.ts'

/** The rows for people: one line each, columns aligned, units last. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [
    ['row', 'ours', 'peer', 'ratio', 'unit'],
    ...rows.map(({ id, ours, peer, ratio, unit }) => [id, cell(ours), cell(peer), cell(ratio), unit]),
  ]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines.map((line) => line.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')).join('\n')
}

function cell(value: number | null): string {
  return value === null ? '–' : String(value)
}
