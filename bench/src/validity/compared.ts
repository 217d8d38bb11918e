import type { Figure } from './bootstrap.ts'

/** How nodes are linked: one after the other, or all with all. */
export type Shape = 'line' | 'full'

/** Which quantiles are compared. */
export const SHARES = [0.5, 0.9, 0.99] as const

/** How long statements took over so many links, ms. */
export interface Compared {
  readonly shape: Shape
  readonly links: number
  readonly share: number
  readonly processes: Figure
  /** Fed with what links of the same mesh took. */
  readonly simulator: Figure
  readonly agrees: boolean
  /** Fed with what the link between two processes alone takes. */
  readonly predicted: Figure
}

/** For people. */
export function tableOf(compared: readonly Compared[]): string {
  const lines = [
    ['mesh', 'links', 'share', 'processes, ms', 'simulator, ms', '', 'from two processes alone, ms'],
    ...compared.map(({ shape, links, share, processes, simulator, agrees, predicted }) => [
      ...[shape, String(links), `p${100 * share}`, told(processes), told(simulator)],
      ...[agrees ? 'agree' : 'DIFFER', told(predicted)],
    ]),
  ]
  const widths = [0, 1, 2, 3, 4, 5, 6].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function told({ value, lo, hi }: Figure): string {
  return `${value.toFixed(2)} (${lo.toFixed(2)} to ${hi.toFixed(2)})`
}
