import type { Measured } from '../../run-record.ts'
import type { Measure } from '../../scenario.ts'
import type { Estimate } from '../../summary.ts'
import { figures, type Panel, type Table, table } from '../figure.ts'
import { type Html, html } from '../html.ts'
import { heatMap, linePlot, type MeasurePlot, rowsPlot } from '../plots/measure-plots.ts'
import { pointName, pointValues, settingText } from '../points.ts'
import { plain, prose } from '../prose.ts'
import type { PointResults, Results } from '../results.ts'
import { numberText, Unit } from '../unit.ts'

/** More rows than this are no picture. */
const MAX_ROWS = 40

/** A measure with all points that have it. */
interface Found {
  readonly name: string
  readonly measure: Measure
  readonly unit: Unit
  readonly points: readonly { point: PointResults; index: number; estimate: Estimate }[]
}

/** What was measured: means with their intervals, and over what was varied. */
export function measures(results: Results): Html {
  const found = Object.entries(results.scenario.measures).map(([name, measure]) => foundOf(results, name, measure))
  const measured = found.filter(({ points }) => points.length > 0)
  const missing = found.filter(({ points }) => points.length === 0).map(({ name }) => name)
  return html`${missing.length > 0 && html`<p>Nothing was there to be measured in any run: ${missing.join(', ')}.</p>`}
${results.swept.length > 0 ? sweep(results, measured) : onePoint(results, measured)}`
}

function onePoint(results: Results, found: readonly Found[]): Html {
  if (results.records.length < 2) {
    return html`<p class="note">One run gives no interval to a mean.</p>${table(mainTable(results, found))}`
  }
  return html`<p class="note">Means over runs with 95 % intervals. In the pictures: the mean as a large dot on its interval, each run as a small one.</p>
${table(mainTable(results, found))}
${figures(panelsOf(results, found), runsTable(results, found))}`
}

function sweep(results: Results, found: readonly Found[]): Html {
  const { points, swept } = results
  const same = found.filter(isSame)
  const varying = found.filter((each) => !isSame(each))
  const isCut = points.length > MAX_ROWS && swept.length !== 1
  return html`<p class="note">Large dots are means over runs, thick lines their 95 % intervals, small dots runs. All points share the seeds of their runs.${isCut && ` Drawn for the first ${MAX_ROWS} points.`}</p>
${same.length > 0 && html`<p>The same at every point:</p><ul>${same.map(({ measure, unit, points: [first] }) => html`<li>${prose(measure.about)}: <b>${first && unit.mean(first.estimate)}</b></li>`)}</ul>`}
${swept.length === 2 && varying.length > 0 && html`<h3>Means over ${swept.join(' and ')}</h3>${heatMaps(results, varying)}<h3>With intervals, by point</h3>`}
${figures(panelsOf(results, varying), mainTable(results, found))}`
}

/** Whether what was varied makes no difference at all. */
function isSame({ points }: Found): boolean {
  return points.every(({ estimate }) => estimate.mean === points[0]?.estimate.mean)
}

function foundOf({ points }: Results, name: string, measure: Measure): Found {
  const having = points.flatMap((point, index) => {
    const estimate = point.summary[name]
    return estimate ? [{ point, index, estimate }] : []
  })
  const unit = Unit.of(
    measure.unit,
    having.map(({ estimate }) => estimate.max),
  )
  return { name, measure, unit, points: having }
}

/** A row a measure and point, with the interval to the digits that it has. */
function mainTable(results: Results, found: readonly Found[]): Table {
  const isSwept = results.swept.length > 0
  const rows = found.flatMap(({ name, measure, unit, points }) =>
    points.map(({ point, estimate }) => [
      isSwept ? html`<code>${name}</code>` : html`${prose(measure.about)} <code>${name}</code>`,
      ...(isSwept ? [pointName(results, point)] : []),
      html`<b>${unit.mean(estimate)}</b>${estimate.of !== undefined && html` <small>${numberText(estimate.count ?? 0)} of ${numberText(estimate.of)}</small>`}`,
      unit.interval(estimate) ?? '–',
      unit.range(estimate),
      numberText(estimate.runs),
    ]),
  )
  const head = ['Measure', ...(isSwept ? ['Point'] : []), 'Mean', '95 % interval', 'Least to most of a run', 'Runs']
  return { caption: isSwept ? 'Measures by point' : 'Measures', head, rows }
}

function runsTable({ records }: Results, found: readonly Found[]): Table {
  return {
    caption: 'Each run',
    head: ['Run', ...found.map(({ name, unit }) => `${name} (${unit.name})`)],
    rows: records.map(({ run, measures }) => [
      run,
      ...found.map(({ name, unit }) => {
        const value = numberOf(measures[name])
        return value === null ? '–' : unit.number(value)
      }),
    ]),
  }
}

function panelsOf(results: Results, found: readonly Found[]): Panel[] {
  const { records, swept } = results
  return found.map(({ name, measure, unit, points }) => {
    const shown = swept.length === 1 ? points : points.slice(0, MAX_ROWS)
    const options: MeasurePlot = {
      label: `${plain(measure.about)}: means, intervals and runs. The numbers are in the table.`,
      unit,
      axis: swept.join(' · '),
      points: shown.map(({ point, index, estimate }) => ({
        name: pointValues(results, point),
        estimate,
        runs: records.filter((each) => each.point === index).flatMap(({ measures }) => numberOf(measures[name]) ?? []),
      })),
    }
    return { title: titleOf(measure, unit), picture: swept.length === 1 ? linePlot(options) : rowsPlot(options) }
  })
}

function heatMaps(results: Results, found: readonly Found[]): Html {
  const [xAxis = '', yAxis = ''] = results.swept
  const maps = found.map(({ measure, unit, points }) => {
    const cells = points.map(({ point, estimate }) => ({
      ...{ x: settingText(results, point, xAxis), y: settingText(results, point, yAxis), estimate },
    }))
    const label = `${plain(measure.about)}, over ${xAxis} and ${yAxis}. The numbers are in the table.`
    return { title: titleOf(measure, unit), picture: heatMap({ label, unit, cells, xAxis, yAxis }) }
  })
  return html`<div class="panels">${maps.map(({ title, picture }) => html`<figure class="panel wide"><figcaption>${title}</figcaption>${picture}</figure>`)}</div>`
}

function titleOf({ about }: Measure, unit: Unit): Html {
  return html`${prose(about)} <span class="unit">${unit.name}</span>`
}

function numberOf(measured: Measured | undefined): number | null {
  if (measured === undefined || typeof measured === 'number') return measured ?? null
  const [count, of] = measured
  return of > 0 ? count / of : null
}
