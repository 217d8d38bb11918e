import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type SimulationNodeDatum,
} from 'd3-force'
import type { TrustGraph } from '../../run-record.ts'

export interface Place {
  readonly x: number
  readonly y: number
}

/** Where each agent stands in every picture of a graph, by name: they move nowhere, so that only trust does. */
export interface TrustLayout {
  readonly width: number
  readonly height: number
  readonly places: ReadonlyMap<string, Place>
}

interface Body extends SimulationNodeDatum {
  readonly name: string
  readonly home: Place
}

const WIDTH = 560
const MAX_HEIGHT = 440
const MARGIN = 24
const MAX_SCALE = 2
const ROUNDS = 300
const RADIUS = 150
const NEARLY_ALONE = 2

/** By forces: who has vouched for each other stands close, and each group around a place of its own. It draws nothing at random. */
export function layOut(graphs: readonly TrustGraph[]): TrustLayout {
  const groupOf = new Map(graphs.flatMap(({ agents }) => agents.map(({ name, group }) => [name, group] as const)))
  const homes = homesOf([...groupOf.values()])
  const bodies: Body[] = [...groupOf].map(([name, group]) => ({ name, home: homes.get(group) ?? { x: 0, y: 0 } }))
  const numbers = new Map(bodies.map(({ name }, i) => [name, i]))
  const links = new Map<string, { source: number; target: number }>()
  for (const { agents, attestations } of graphs) {
    for (const [from, to, value] of attestations) {
      const ends = [from, to].map((i) => numbers.get(agents[i]?.name ?? '') ?? 0).sort((a, b) => a - b)
      if (value > 0) links.set(ends.join(), { source: ends[0] as number, target: ends[1] as number })
    }
  }
  forceSimulation(bodies)
    .stop()
    .force(
      'links',
      forceLink([...links.values()])
        .distance(40)
        .strength(0.03),
    )
    .force('apart', forceManyBody().strength(-40))
    .force('x', forceX<Body>(({ home }) => home.x).strength(0.12))
    .force('y', forceY<Body>(({ home }) => home.y).strength(0.12))
    .force('room', forceCollide(10))
    .tick(ROUNDS)
  return framed(bodies)
}

/** Around a circle, the largest first; who is nearly alone, as a root is, stands in the middle. */
function homesOf(groups: readonly string[]): Map<string, Place> {
  const sizes = new Map<string, number>()
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1)
  const around = [...sizes].filter(([, size]) => size > NEARLY_ALONE).sort(([, a], [, b]) => b - a)
  return new Map(
    around.map(([group], i) => {
      const angle = Math.PI + (2 * Math.PI * i) / around.length
      const radius = around.length > 1 ? RADIUS : 0
      return [group, { x: radius * Math.cos(angle), y: radius * Math.sin(angle) }]
    }),
  )
}

/** To whole numbers, in a frame that is as high as it has to be. */
function framed(bodies: readonly Body[]): TrustLayout {
  const [xs, ys] = [bodies.map(({ x = 0 }) => x), bodies.map(({ y = 0 }) => y)]
  const [left, top, right, bottom] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
  const [width, height] = [WIDTH - 2 * MARGIN, MAX_HEIGHT - 2 * MARGIN]
  const scale = Math.min(width / (right - left || 1), height / (bottom - top || 1), MAX_SCALE)
  const places = bodies.map(({ name, x = 0, y = 0 }) => {
    const place = { x: WIDTH / 2 + (x - (left + right) / 2) * scale, y: MARGIN + (y - top) * scale }
    return [name, { x: Math.round(place.x), y: Math.round(place.y) }] as const
  })
  return { width: WIDTH, height: Math.round((bottom - top) * scale) + 2 * MARGIN, places: new Map(places) }
}
