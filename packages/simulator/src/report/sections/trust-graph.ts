import { TIERS } from '@trustmesh/trust'
import type { TrustGraph } from '../../run-record.ts'
import { data, type Table } from '../figure.ts'
import { type Html, html } from '../html.ts'
import { layOut } from '../plots/trust-layout.ts'
import { isCutOff, legendLine, legendMark, shapesOf, trustPicture } from '../plots/trust-picture.ts'
import type { Results } from '../results.ts'
import { Unit } from '../unit.ts'

/** A picture, and what is to be seen in it. */
interface Frame {
  readonly graph: TrustGraph
  readonly time: string
  readonly groups: readonly Group[]
  readonly inWords: string
  readonly picture: Html
}

interface Group {
  readonly name: string
  readonly size: number
  readonly trusted: number
  readonly cutOff: number
  readonly median: number
}

/** The graph of the first run, before and after, and at each time between by a slider. Null where no picture was taken. */
export function trustGraph({ records }: Results): Html | null {
  const frames = framesOf(records[0]?.graphs ?? [])
  const [first, last] = [frames[0], frames.at(-1)]
  if (!first || !last) return null
  const legend = html`<p class="note">Of the first run. A line is an attestation; those who vouch for each other stand close. Colours are tiers, shapes groups.</p>
<ul class="legend">${[...shapesOf(frames.map(({ graph }) => graph))].map(([group, shape]) => html`<li>${legendMark(shape)} ${group}</li>`)}</ul>
<ul class="legend">${TIERS.map((tier) => html`<li>${legendMark('circle', tier)} ${tier}</li>`)}<li>${legendMark('circle', 'untrusted', true)} suspended or revoked</li>
<li>${legendLine('for')} vouches</li><li>${legendLine('against')} warns</li></ul>
`
  if (first === last) return html`${legend}${figure(first)}${data(groupsTable(frames))}`
  return html`${legend}<div class="graphs">
${figure(first)}
<div>
${frames.map((frame) => html`<div class="frame" data-says="${frame.inWords}" data-time="${frame.time}"${frame !== last && html` hidden`}>${figure(frame)}</div>\n`)}
<p id="time-control" class="control" hidden><label for="time">Time</label> <input id="time" type="range" min="0" max="${frames.length - 1}" step="1" value="${frames.length - 1}"> <output id="time-now" for="time">${last.time}</output></p>
</div>
</div>
${data(groupsTable(frames), agentsTable(first, last))}`
}

function framesOf(graphs: readonly TrustGraph[]): Frame[] {
  const layout = layOut(graphs)
  const shapes = shapesOf(graphs)
  const unit = Unit.of(
    'ms',
    graphs.map(({ at }) => at),
  )
  const decimals = unit.decimals(...graphs.map(({ at }) => at))
  return graphs.map((graph) => {
    const groups = groupsOf(graph)
    const time = unit.text(graph.at, decimals)
    const inWords = `${time}, ${graph.about}. ${groups.map(groupText).join('; ')}.`
    return { graph, time, groups, inWords, picture: trustPicture(`Trust graph, ${inWords}`, graph, layout, shapes) }
  })
}

function figure({ graph, time, groups, picture }: Frame): Html {
  return html`<figure><figcaption><b>${time}</b> ${graph.about}</figcaption>${picture}<ul class="groups">${groups.map((group) => html`<li>${groupText(group)}</li>`)}</ul></figure>`
}

function groupText({ name, size, trusted, cutOff, median }: Group): string {
  return `${name}: ${trusted} of ${size} trusted${cutOff > 0 ? `, ${cutOff} cut off` : ''}, median ${median} points`
}

function groupsOf({ agents }: TrustGraph): Group[] {
  return [...new Set(agents.map(({ group }) => group))].map((name) => {
    const own = agents.filter(({ group }) => group === name)
    const scores = own.map(({ score }) => score).sort((a, b) => a - b)
    return {
      ...{ name, size: own.length, median: scores[Math.floor(scores.length / 2)] ?? 0 },
      trusted: own.filter(({ tier }) => tier === 'trusted' || tier === 'vouched').length,
      cutOff: own.filter(({ status }) => isCutOff(status)).length,
    }
  })
}

function groupsTable(frames: readonly Frame[]): Table {
  return {
    caption: 'Groups in each picture',
    head: ['Time', 'Picture', 'Group', 'Agents', 'Trusted or vouched', 'Cut off', 'Median score (points)'],
    rows: frames.flatMap(({ graph, time, groups }) =>
      groups.map(({ name, size, trusted, cutOff, median }) => [
        ...[time, graph.about, name, size, trusted, cutOff, median],
      ]),
    ),
  }
}

function agentsTable({ graph: first }: Frame, { graph: last }: Frame): Table {
  const before = new Map(first.agents.map((agent) => [agent.name, agent]))
  return {
    caption: 'Agents in the first and the last picture',
    head: ['Agent', 'Group', 'Score before (points)', 'Score after (points)', 'Tier after', 'Status after'],
    rows: last.agents.map(({ name, group, score, tier, status }) => [
      ...[name, group, before.get(name)?.score ?? '–', score, tier, status],
    ]),
  }
}
