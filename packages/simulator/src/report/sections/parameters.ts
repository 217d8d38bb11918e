import { table } from '../figure.ts'
import { type Html, html } from '../html.ts'
import { settingText } from '../points.ts'
import { prose } from '../prose.ts'
import type { Results } from '../results.ts'
import { numberText, timeText } from '../unit.ts'

/** What it was run with: each parameter, how often, and how long. */
export function parameters(results: Results): Html {
  const { scenario, swept, points, records } = results
  const rows = Object.entries(scenario.parameters).map(([name, { about }]) => {
    const values = [...new Set(points.map((point) => settingText(results, point, name)))]
    return [
      html`<code>${name}</code>`,
      html`<b>${values.join(', ')}</b>${swept.includes(name) && ' (varied)'}`,
      prose(about),
    ]
  })
  const runs = records.length / Math.max(points.length, 1)
  const times = records.map(({ virtualMs }) => virtualMs)
  const events = records.reduce((sum, record) => sum + record.events, 0)
  const [least, most] = [Math.min(...times), Math.max(...times)]
  const lasting = timeText(least) === timeText(most) ? timeText(most) : `${timeText(least)} to ${timeText(most)}`
  return html`<p>${counted(runs, 'run')}${points.length > 1 && ` at each of ${points.length} points`}, each of ${lasting} in virtual time; ${numberText(events)} events in all.</p>
${rows.length > 0 && table({ caption: 'Parameters', head: ['Parameter', 'Value', 'What it is'], rows })}`
}

function counted(n: number, what: string): string {
  return `${numberText(n)} ${what}${n === 1 ? '' : 's'}`
}
