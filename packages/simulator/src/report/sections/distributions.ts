import { type Band, bandsOf } from '../bands.ts'
import { figures, type Table } from '../figure.ts'
import { type Html, html } from '../html.ts'
import { bandsPlot } from '../plots/bands-plot.ts'
import { besideNote, pointName, pointsBeside } from '../points.ts'
import { plain } from '../prose.ts'
import type { Results } from '../results.ts'
import { numberText, Unit } from '../unit.ts'

/** As many times as a table can be read; all are in `runs.ndjson`. */
const MAX_ROWS = 25

interface Drawn {
  readonly title: string
  readonly unit: string
  readonly bands: readonly Band[]
}

/** Each series over time, with its bands. Null where no run has any. */
export function distributions(results: Results): Html | null {
  const { records, scenario } = results
  const drawn = Object.entries(scenario.series)
    .flatMap(([name, { about, unit }]) =>
      pointsBeside(results).map(({ point, index }) => {
        const where = pointName(results, point)
        const bands = bandsOf(
          records.filter((record) => record.point === index),
          name,
        )
        return { title: where ? `${plain(about)}, ${where}` : plain(about), unit, bands }
      }),
    )
    .filter(({ bands }) => bands.length > 0)
  if (drawn.length === 0) return null
  const time = Unit.of(
    'ms',
    drawn.flatMap(({ bands }) => bands.map(({ at }) => at)),
  )
  const kinds = new Map([...new Set(drawn.map(({ unit }) => unit))].map((unit) => [unit, kindOf(drawn, unit)]))
  const panels = drawn.map(({ title, unit, bands }) => {
    const kind = kinds.get(unit) ?? kindOf(drawn, unit)
    const label = `${title}, over time. ${endText(bands, kind.unit)} The numbers are in the table.`
    return { title, picture: bandsPlot({ label, bands, time, ...kind }) }
  })
  const tables = drawn.map((one) => tableOf(one, kinds.get(one.unit)?.unit ?? Unit.of(one.unit, []), time))
  return html`<p class="note">The values of all runs together: <span class="key-line"></span> median, <span class="key-band half"></span> half of them, <span class="key-band"></span> nine tenths.${besideNote(results)}</p>
${figures(panels, ...tables)}`
}

/** What is in one unit shares an axis, so that panels can be compared. */
function kindOf(drawn: readonly Drawn[], name: string): { unit: Unit; domain: readonly [number, number] } {
  const values = drawn
    .filter(({ unit }) => unit === name)
    .flatMap(({ bands }) => bands.flatMap(({ q5, q95 }) => [q5, q95]))
  const unit = Unit.of(name, values)
  const scaled = values.map((value) => unit.scaled(value))
  const [least, most] = [Math.min(0, ...scaled), Math.max(...scaled)]
  return { unit, domain: [least, most > least ? most : least + 1] }
}

function endText(bands: readonly Band[], unit: Unit): string {
  const [first, last] = [bands[0], bands.at(-1)]
  return first && last ? `The median goes from ${unit.text(first.q50)} to ${unit.text(last.q50)}.` : ''
}

function tableOf({ title, bands }: Drawn, unit: Unit, time: Unit): Table {
  const step = Math.ceil(bands.length / MAX_ROWS)
  const shown = bands.filter((_, i) => i % step === 0 || i === bands.length - 1)
  return {
    caption: `${title} (${unit.name})`,
    head: [`Time (${time.name})`, 'Median', 'Half of them', 'Nine tenths', 'Values'],
    rows: shown.map(({ at, of, q5, q25, q50, q75, q95 }) => [
      time.number(at),
      unit.number(q50),
      `${unit.number(q25)} to ${unit.number(q75)}`,
      `${unit.number(q5)} to ${unit.number(q95)}`,
      numberText(of),
    ]),
  }
}
