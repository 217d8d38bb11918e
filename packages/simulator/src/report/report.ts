import { type Section, section } from './figure.ts'
import { html } from './html.ts'
import { page } from './page.ts'
import { prose } from './prose.ts'
import type { Results } from './results.ts'
import { detection } from './sections/detection.ts'
import { distributions } from './sections/distributions.ts'
import { measures } from './sections/measures.ts'
import { parameters } from './sections/parameters.ts'
import { reproduction } from './sections/reproduction.ts'
import { trustGraph } from './sections/trust-graph.ts'
import { verdictBox } from './sections/verdict.ts'

/** An experiment as one page of HTML that needs nothing else: the answer first. The same results give the same bytes. */
export function reportOf(results: Results): string {
  const { name, title, question, threats } = results.scenario
  const sections: readonly Section[] = [
    { id: 'parameters', title: 'Parameters', content: parameters(results) },
    { id: 'measures', title: 'Measures', content: measures(results) },
    { id: 'distributions', title: 'Over time', content: distributions(results) },
    { id: 'detection', title: 'Detection', content: detection(results) },
    { id: 'graph', title: 'The trust graph', content: trustGraph(results) },
    { id: 'reproduction', title: 'See it again', content: reproduction(results) },
  ].filter(({ content }) => content !== null)
  const kind = threats.length > 0 ? `, against ${threats.join(', ')}` : ''
  return page({
    title: `${title}: a simulation with TrustMesh`,
    header: html`<p class="kind">TrustMesh simulation <code>${name}</code>${kind}</p>
<h1>${title}</h1>
<p class="question">${prose(question)}</p>
${verdictBox(results)}`,
    sections,
    main: sections.map(section),
  })
}
