import { createHash } from 'node:crypto'
import { data } from '../figure.ts'
import { type Html, html } from '../html.ts'
import type { Results } from '../results.ts'
import { numberText, timeText } from '../unit.ts'

/** More lines than this are in `runs.ndjson` alone. */
const MAX_ROWS = 500

/** How anybody gets the same, and by what they see that they have. */
export function reproduction({ command, records, seed, version }: Results): Html {
  const all = createHash('sha256')
  for (const { trace } of records) all.update(trace)
  const isCut = records.length > MAX_ROWS
  const rows = records
    .slice(0, MAX_ROWS)
    .map(({ point, run, seed, virtualMs, events, trace }) => [
      ...[
        `${point}/${run}`,
        html`<code>${seed}</code>`,
        timeText(virtualMs),
        numberText(events),
        html`<code>${trace}</code>`,
      ],
    ])
  return html`<p>This gives the same to the byte, on any machine:</p>
<pre class="command" tabindex="0" role="group" aria-label="Command"><code>${command}</code></pre>
<p><code>trustmesh sim replay</code> with the folder of this report does so too, and compares.</p>
<dl><dt>Seed</dt><dd><code>${seed}</code></dd><dt>Simulator</dt><dd>${version}</dd><dt>SHA-256 of the traces of all runs</dt><dd><code>${all.digest('hex')}</code></dd></dl>
${data({ caption: `Trace of each run${isCut ? `: ${MAX_ROWS} of ${numberText(records.length)}` : ''}`, head: ['Point/run', 'Seed', 'Virtual time', 'Events', 'Trace'], rows })}`
}
