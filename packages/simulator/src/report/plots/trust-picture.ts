import type { TrustGraph } from '../../run-record.ts'
import { type Html, html } from '../html.ts'
import type { Place, TrustLayout } from './trust-layout.ts'

/** What a group's agents look like; colours are for tiers. */
export type Shape = 'circle' | 'cross' | 'diamond' | 'hourglass' | 'square' | 'triangle' | 'wedge'

const SHAPES: readonly Shape[] = ['circle', 'triangle', 'square', 'diamond', 'wedge', 'cross', 'hourglass']

const POLYGONS: Readonly<Record<Exclude<Shape, 'circle'>, string>> = {
  cross: '-3,-8 3,-8 3,-3 8,-3 8,3 3,3 3,8 -3,8 -3,3 -8,3 -8,-3 -3,-3',
  diamond: '0,-9 8,0 0,9 -8,0',
  hourglass: '-7,-7 7,-7 0,0 7,7 -7,7 0,0',
  square: '-6.5,-6.5 6.5,-6.5 6.5,6.5 -6.5,6.5',
  triangle: '0,-8.5 8,5.5 -8,5.5',
  wedge: '0,8.5 8,-5.5 -8,-5.5',
}

const CROSS = html`<path class="cut" d="M-9-9L9 9M-9 9L9-9"/>`

/** A shape for each group, in their order; from the eighth on they come again. */
export function shapesOf(graphs: readonly TrustGraph[]): Map<string, Shape> {
  const groups = new Set(graphs.flatMap(({ agents }) => agents.map(({ group }) => group)))
  return new Map([...groups].map((group, i) => [group, SHAPES[i % SHAPES.length] ?? 'circle']))
}

/** A graph at one time: who has attested whom, and how each of them stands. */
export function trustPicture(
  label: string,
  graph: TrustGraph,
  layout: TrustLayout,
  shapes: ReadonlyMap<string, Shape>,
): Html {
  const places = graph.agents.map(({ name }): Place => layout.places.get(name) ?? { x: 0, y: 0 })
  const lines = (which: (value: number) => boolean): string =>
    graph.attestations
      .filter(([, , value]) => which(value))
      .map(([from, to]) => `M${at(places[from])}L${at(places[to])}`)
      .join('')
  return html`<svg class="graph" role="img" aria-label="${label}" viewBox="0 0 ${layout.width} ${layout.height}">
<path class="for" d="${lines((value) => value > 0)}"/><path class="against" d="${lines((value) => value < 0)}"/>
${graph.agents.map(
  ({ name, group, score, tier, status }, i) =>
    html`<g transform="translate(${at(places[i])})" class="${tier}"><title>${name} (${group}): ${score}, ${tier}, ${status}</title>${mark(shapes.get(group) ?? 'circle')}${isCutOff(status) && CROSS}</g>`,
)}
</svg>`
}

/** An agent as in the picture, for a legend. */
export function legendMark(shape: Shape, tier = '', isCrossed = false): Html {
  return html`<svg class="graph key" viewBox="-11 -11 22 22" aria-hidden="true"><g class="${tier}">${mark(shape)}${isCrossed && CROSS}</g></svg>`
}

/** A line as in the picture, for a legend. */
export function legendLine(kind: 'against' | 'for'): Html {
  return html`<svg class="graph key" viewBox="0 0 22 22" aria-hidden="true"><path class="${kind}" d="M0 11L22 11"/></svg>`
}

/** Whether whoever has it is let in nowhere. */
export function isCutOff(status: string): boolean {
  return status === 'revoked' || status === 'suspended'
}

function mark(shape: Shape): Html {
  return shape === 'circle' ? html`<circle r="7.5"/>` : html`<polygon points="${POLYGONS[shape]}"/>`
}

function at(place: Place | undefined): string {
  return `${place?.x ?? 0} ${place?.y ?? 0}`
}
