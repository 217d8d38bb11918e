import { areaY, lineY, ruleY } from '@observablehq/plot'
import type { Band } from '../bands.ts'
import type { Html } from '../html.ts'
import type { Unit } from '../unit.ts'
import { drawn } from './canvas.ts'

export interface BandsPlot {
  readonly label: string
  readonly bands: readonly Band[]
  readonly unit: Unit
  readonly time: Unit
  /** Of the values, in the unit: panels that are to be compared have the same. */
  readonly domain: readonly [number, number]
}

/** A group over time: the median as a line, half of the values around it, and nine tenths of them. */
export function bandsPlot({ label, bands, unit, time, domain }: BandsPlot): Html {
  const rows = bands.map(({ at, q5, q25, q50, q75, q95 }) => ({
    at: time.scaled(at),
    ...{
      q5: unit.scaled(q5),
      q25: unit.scaled(q25),
      q50: unit.scaled(q50),
      q75: unit.scaled(q75),
      q95: unit.scaled(q95),
    },
  }))
  const band = { x: 'at', fill: 'var(--data)' } as const
  return drawn(label, {
    height: 220,
    marginLeft: 52,
    marginTop: 26,
    marginBottom: 38,
    x: { labelArrow: 'none', label: `time (${time.name})`, ticks: 5 },
    y: { labelArrow: 'none', label: unit.name, ticks: 5, grid: true, nice: true, domain },
    marks: [
      ruleY([domain[0]], { strokeOpacity: 0.4 }),
      areaY(rows, { ...band, y1: 'q5', y2: 'q95', fillOpacity: 0.18 }),
      areaY(rows, { ...band, y1: 'q25', y2: 'q75', fillOpacity: 0.32 }),
      lineY(rows, { x: 'at', y: 'q50', stroke: 'var(--data)', strokeWidth: 2 }),
    ],
  })
}
