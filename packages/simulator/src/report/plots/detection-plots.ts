import { dot, line, type Markish, rectY, ruleX, ruleY, text } from '@observablehq/plot'
import type { Detection, Threshold } from '../detection.ts'
import type { Html } from '../html.ts'
import { drawn } from './canvas.ts'

/** A threshold that has a name. */
export interface Landmark extends Threshold {
  readonly name: string
}

const BINS = 20
const MAX_SCORE = 1000

/** Attackers found against honest agents hit, over all thresholds; the landmarks are marked. */
export function rocPlot(label: string, { curve }: Detection, landmarks: readonly Landmark[]): Html {
  const percent = ({ detected, falseAlarms }: Threshold): [number, number] => [100 * falseAlarms, 100 * detected]
  return drawn(label, {
    height: 330,
    marginLeft: 46,
    marginTop: 26,
    marginBottom: 40,
    marginRight: 16,
    x: { labelArrow: 'none', label: 'false alarms: honest below (%)', domain: [0, 100], ticks: 5, grid: true },
    y: { labelArrow: 'none', label: 'detection: attackers below (%)', domain: [0, 100], ticks: 5, grid: true },
    marks: [
      line(
        [
          [0, 0],
          [100, 100],
        ],
        { stroke: 'currentColor', strokeOpacity: 0.4, strokeDasharray: '4 4' },
      ),
      line([[0, 0], ...curve.map(percent)], { stroke: 'var(--data)', strokeWidth: 2.5, strokeLinejoin: 'miter' }),
      dot(landmarks.map(percent), { r: 5, fill: 'var(--data)', stroke: 'var(--page)', strokeWidth: 1.5 }),
      together(landmarks).map(nameBeside),
    ],
  })
}

/** How attackers and honest agents lie over the scores, each as parts of their own. */
export function scoresPlot(label: string, { attackers, honest }: Detection, floors: readonly number[]): Html {
  const bars = [...barsOf(attackers, 'attackers', 'var(--attackers)'), ...barsOf(honest, 'honest', 'var(--honest)')]
  return drawn(label, {
    height: 330,
    marginLeft: 46,
    marginTop: 26,
    marginBottom: 40,
    marginRight: 74,
    x: { labelArrow: 'none', label: 'score then (points)', domain: [0, MAX_SCORE], ticks: 5, tickFormat: 'd' },
    y: { labelArrow: 'none', label: '% of the group', ticks: 4, grid: true, nice: true },
    fy: { labelArrow: 'none', label: null, domain: ['attackers', 'honest'] },
    color: { type: 'identity' },
    marks: [
      ruleX(floors, { strokeOpacity: 0.35, strokeDasharray: '2 3' }),
      rectY(bars, { x1: 'x1', x2: 'x2', y: 'percent', fy: 'kind', fill: 'fill', insetLeft: 0.5, insetRight: 0.5 }),
      ruleY([0]),
    ],
  })
}

function barsOf(scores: readonly number[], kind: string, fill: string) {
  const width = MAX_SCORE / BINS
  const counts = new Array<number>(BINS).fill(0)
  for (const score of scores) {
    const bin = Math.min(Math.floor(score / width), BINS - 1)
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return counts.map((count, i) => ({
    ...{ x1: i * width, x2: (i + 1) * width, percent: (100 * count) / scores.length },
    ...{ kind, fill },
  }))
}

/** The name of a landmark, where there is room for it. */
function nameBeside({ name, detected, falseAlarms }: Landmark): Markish {
  const [isLeft, isUp] = [falseAlarms > 0.7, detected < 0.1]
  return text([name], {
    ...{ x: [100 * falseAlarms], y: [100 * detected], dx: isLeft ? -9 : 9, dy: isUp ? -9 : 9 },
    ...{ textAnchor: isLeft ? 'end' : 'start', lineAnchor: isUp ? 'bottom' : 'top', fontSize: 12 },
    ...{ fill: 'currentColor', stroke: 'var(--page)', strokeWidth: 4 },
  })
}

/** Landmarks at the same place have one text. */
function together(landmarks: readonly Landmark[]): Landmark[] {
  const places = new Map<string, Landmark>()
  for (const landmark of landmarks) {
    const place = `${landmark.detected} ${landmark.falseAlarms}`
    const known = places.get(place)
    places.set(place, known ? { ...known, name: `${known.name}, ${landmark.name}` } : landmark)
  }
  return [...places.values()]
}
