import { cell, dot, lineY, ruleX, ruleY, text } from '@observablehq/plot'
import type { Estimate } from '../../summary.ts'
import type { Html } from '../html.ts'
import { hasInterval, type Unit } from '../unit.ts'
import { drawn, PANEL_WIDTH } from './canvas.ts'

/** What a measure came to at one point of a sweep, and in each of its runs. */
export interface PlottedPoint {
  /** Short: it stands at an axis. */
  readonly name: string
  readonly estimate: Estimate
  readonly runs: readonly number[]
}

export interface MeasurePlot {
  /** What it shows, for whoever cannot see it. */
  readonly label: string
  readonly unit: Unit
  readonly points: readonly PlottedPoint[]
  /** What the names of the points are values of; empty where there is one point. */
  readonly axis: string
}

const INTERVAL = { stroke: 'var(--data)', strokeWidth: 3, strokeLinecap: 'round' } as const
const MEAN = { fill: 'var(--data)', r: 4.5, stroke: 'var(--page)', strokeWidth: 1 } as const
const RUN = { fill: 'var(--data)', fillOpacity: 0.3, r: 2.5 } as const

/** Means and intervals with the runs below each, a row a point. */
export function rowsPlot({ label, unit, points, axis }: MeasurePlot): Html {
  const rows = points.map(({ name, estimate }) => ({ name, ...scaled(estimate, unit) }))
  const runs = points.flatMap(({ name, runs }) => runs.map((value) => ({ name, value: unit.scaled(value) })))
  const longest = Math.max(...points.map(({ name }) => name.length))
  return drawn(label, {
    height: 58 + 34 * points.length + (axis ? 14 : 0),
    marginLeft: axis ? Math.min(16 + 7 * longest, 150) : 14,
    marginTop: axis ? 24 : 8,
    marginRight: 20,
    marginBottom: 38,
    x: {
      label: unit.name,
      labelArrow: 'none',
      ticks: 4,
      nice: true,
      ...domainOf(
        unit,
        runs.map(({ value }) => value),
        rows,
      ),
    },
    y: {
      label: axis || null,
      labelAnchor: 'top',
      domain: points.map(({ name }) => name),
      axis: axis ? 'left' : null,
      tickSize: 0,
    },
    marks: [
      dot(runs, { x: 'value', y: 'name', dy: 9, ...RUN }),
      ruleY(
        rows.filter(({ has }) => has),
        { x1: 'lo', x2: 'hi', y: 'name', dy: -4, ...INTERVAL },
      ),
      dot(rows, { x: 'mean', y: 'name', dy: -4, ...MEAN }),
    ],
  })
}

/** Means and intervals over the values of one parameter, with the runs beside each. */
export function linePlot({ label, unit, points, axis }: MeasurePlot): Html {
  const rows = points.map(({ name, estimate }) => ({ name, ...scaled(estimate, unit) }))
  const runs = points.flatMap(({ name, runs }) => runs.map((value) => ({ name, value: unit.scaled(value) })))
  return drawn(label, {
    height: 240,
    marginLeft: 52,
    marginTop: 26,
    marginBottom: 40,
    x: { type: 'point', label: axis, labelArrow: 'none', domain: points.map(({ name }) => name), padding: 0.5 },
    y: {
      label: unit.name,
      labelArrow: 'none',
      ticks: 5,
      nice: true,
      grid: true,
      ...domainOf(
        unit,
        runs.map(({ value }) => value),
        rows,
      ),
    },
    marks: [
      dot(runs, { x: 'name', y: 'value', dx: 9, ...RUN }),
      lineY(rows, { x: 'name', y: 'mean', stroke: 'var(--data)', strokeWidth: 1.5, strokeOpacity: 0.6 }),
      ruleX(
        rows.filter(({ has }) => has),
        { x: 'name', y1: 'lo', y2: 'hi', ...INTERVAL },
      ),
      dot(rows, { x: 'name', y: 'mean', ...MEAN }),
    ],
  })
}

export interface HeatMap {
  readonly label: string
  readonly unit: Unit
  readonly cells: readonly { readonly x: string; readonly y: string; readonly estimate: Estimate }[]
  readonly xAxis: string
  readonly yAxis: string
}

/** Means over the values of two parameters: the more, the darker, with the number in each cell. */
export function heatMap({ label, unit, cells, xAxis, yAxis }: HeatMap): Html {
  const means = cells.map(({ estimate }) => estimate.mean)
  const [least, most] = [Math.min(...means), Math.max(...means)]
  const decimals = unit.decimals(...means)
  const shown = cells.map(({ x, y, estimate }) => ({
    x,
    y,
    number: unit.number(estimate.mean, decimals),
    fill: `color-mix(in oklab, var(--heat-low), var(--heat-high) ${Math.round(most > least ? (100 * (estimate.mean - least)) / (most - least) : 50)}%)`,
  }))
  const columns = new Set(cells.map(({ x }) => x)).size
  const rows = new Set(cells.map(({ y }) => y)).size
  const longest = Math.max(...cells.map(({ y }) => y.length))
  const marginLeft = Math.min(20 + 7 * longest, 150)
  return drawn(label, {
    width: Math.max(PANEL_WIDTH, marginLeft + 20 + 56 * columns),
    height: 74 + 40 * rows,
    marginLeft,
    marginTop: 28,
    marginBottom: 40,
    x: { type: 'band', label: xAxis, domain: [...new Set(cells.map(({ x }) => x))], tickSize: 0, padding: 0.03 },
    y: {
      type: 'band',
      label: yAxis,
      labelAnchor: 'top',
      domain: [...new Set(cells.map(({ y }) => y))],
      tickSize: 0,
      padding: 0.04,
    },
    color: { type: 'identity' },
    marks: [
      cell(shown, { x: 'x', y: 'y', fill: 'fill', rx: 3 }),
      text(shown, { x: 'x', y: 'y', text: 'number', fill: 'currentColor', fontSize: 12 }),
    ],
  })
}

interface Scaled {
  readonly mean: number
  readonly lo: number
  readonly hi: number
  /** Whether there is an interval. */
  readonly has: boolean
}

function scaled(estimate: Estimate, unit: Unit): Scaled {
  const [mean, lo, hi] = [estimate.mean, estimate.lo, estimate.hi].map((value) => unit.scaled(value))
  return { mean: mean as number, lo: lo as number, hi: hi as number, has: hasInterval(estimate) }
}

/** From zero unless that is far; of a share all, or the tenth at an end that holds everything. */
function domainOf(unit: Unit, runs: readonly number[], rows: readonly Scaled[]): { domain: [number, number] } {
  const values = [...runs, ...rows.flatMap(({ lo, hi, mean, has }) => (has ? [lo, hi, mean] : [mean]))]
  const [least, most] = [Math.min(...values), Math.max(...values)]
  if (unit.name === '%') return { domain: [least >= 90 ? 90 : 0, most <= 10 ? 10 : 100] }
  const from = least > most / 2 && least < most ? least : Math.min(least, 0)
  return { domain: [from, most > from ? most : from + 1] }
}
