import { floorOf, TIERS } from '@trustmesh/trust'
import type { Judged } from '../../run-record.ts'
import { type Detection, detectionOf, thresholdAt } from '../detection.ts'
import { figures, type Panel, type Table } from '../figure.ts'
import { type Html, html } from '../html.ts'
import { rocPlot, scoresPlot } from '../plots/detection-plots.ts'
import { besideNote, pointName, pointsBeside } from '../points.ts'
import type { Results } from '../results.ts'
import { numberText, Unit } from '../unit.ts'

/** The tiers that somebody can miss, with the score at which each begins. */
const FLOORS = TIERS.slice(1).map((name) => ({ name, score: floorOf(name).score }))

const PERCENT = Unit.of('share', [])

interface Seen {
  readonly name: string
  readonly runs: readonly Judged[]
  readonly detection: Detection
}

/** How well scores tell attackers from honest agents. Null where one of them is missing. */
export function detection(results: Results): Html | null {
  const seen = pointsBeside(results).flatMap(({ point, index }): Seen[] => {
    const runs = results.records.filter((record) => record.point === index).map(({ judged }) => judged)
    const detection = detectionOf(runs)
    return detection ? [{ name: pointName(results, point), runs, detection }] : []
  })
  if (seen.length === 0) return null
  return html`<p class="note">Scores when the scenario says that a detector would have to decide. Whoever scores below a threshold is taken for an attacker; the thresholds of the tiers are marked. AUC: how often an attacker scores below an honest agent, both drawn at random; 0.5 is a coin’s.${besideNote(results)}</p>
${figures(seen.flatMap(panelsOf), ...seen.map(tableOf))}`
}

function panelsOf({ name, detection, runs }: Seen): Panel[] {
  const landmarks = FLOORS.map((floor) => ({ ...thresholdAt(detection, floor.score), name: floor.name }))
  const where = name ? `, ${name}` : ''
  return [
    {
      title: html`Detection against false alarms${where} <span class="unit">${aucText(detection, runs)}</span>`,
      picture: rocPlot(
        `ROC curve${where}: ${aucText(detection, runs)}. The thresholds are in the table.`,
        detection,
        landmarks,
      ),
    },
    {
      title: html`Scores of ${numberText(detection.attackers.length)} attackers and ${numberText(detection.honest.length)} honest agents${where}`,
      picture: scoresPlot(
        `Histograms of scores${where}: the median attacker has ${medianOf(detection.attackers)} points, the median honest agent ${medianOf(detection.honest)}.`,
        detection,
        FLOORS.map(({ score }) => score),
      ),
    },
  ]
}

/** With what runs differ by: the lowest and the highest of them. */
function aucText({ auc }: Detection, runs: readonly Judged[]): string {
  const each = runs.flatMap((run) => detectionOf([run])?.auc ?? [])
  const [least, most] = [Math.min(...each), Math.max(...each)]
  const isSame = least.toFixed(2) === most.toFixed(2)
  const range = each.length < 2 || isSame ? '' : ` (${least.toFixed(2)} to ${most.toFixed(2)} by run)`
  return `AUC ${auc.toFixed(2)}${range}`
}

function tableOf({ name, detection }: Seen): Table {
  return {
    caption: `Detection${name && `, ${name}`}`,
    head: ['Threshold', 'Attackers below', 'Honest below'],
    rows: FLOORS.map((floor) => {
      const { detected, falseAlarms } = thresholdAt(detection, floor.score)
      return [`${floor.name}: ${floor.score} points`, PERCENT.text(detected), PERCENT.text(falseAlarms)]
    }),
  }
}

function medianOf(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
