import { type Html, html } from '../html.ts'
import { pointName } from '../points.ts'
import { prose } from '../prose.ts'
import type { Results } from '../results.ts'

/** The answer first, and each claim with where it fails. */
export function verdictBox(results: Results): Html {
  const { points, verdict } = results
  const claims = (points[0]?.claims ?? []).map(({ about }, i) => {
    const failed = points.filter(({ claims }) => claims[i]?.isHeld !== true)
    return { about, isHeld: failed.length === 0, where: whereText(results, failed) }
  })
  const isHeld = claims.every((claim) => claim.isHeld)
  return html`<section class="verdict ${isHeld ? 'held' : 'failed'}" aria-labelledby="verdict-title">
<h2 id="verdict-title">${claims.length === 0 ? 'Verdict' : isHeld ? 'Every claim holds' : 'A claim does not hold'}</h2>
<p class="answer">${prose(verdict)}</p>
${points[0] && points.length > 1 && html`<p class="note">At the first of ${points.length} points: ${pointName(results, points[0])}.</p>`}
<ul class="claims">${claims.map(
    (claim) =>
      html`<li class="${claim.isHeld ? 'held' : 'failed'}"><b>${claim.isHeld ? '✓ holds' : '✗ fails'}</b> <span>${prose(claim.about)}${claim.where}</span></li>\n`,
  )}</ul>
</section>
`
}

function whereText(results: Results, failed: Results['points']): string {
  const { length } = results.points
  if (length === 1) return ''
  if (failed.length === 0) return ` (at all ${length} points)`
  const names = failed.slice(0, 3).map((point) => pointName(results, point))
  return ` (fails at ${failed.length} of ${length} points: ${names.join('; ')}${failed.length > 3 ? '; …' : ''})`
}
