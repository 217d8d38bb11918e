import type { PointResults, Results } from './results.ts'

/** So many points beside each other can still be compared. */
const MAX_BESIDE = 4

/** What a parameter is set to, as somebody would write it. */
export function settingText({ scenario }: Results, { settings }: PointResults, name: string): string {
  const value = settings[name]
  if (value === undefined) return ''
  return scenario.parameters[name]?.write(value as never) ?? String(value)
}

/** What tells a point from the others, in full: `halfLife = 7d, attackers = 0.2`; empty where there is one. */
export function pointName(results: Results, point: PointResults): string {
  return results.swept.map((name) => `${name}\u00a0=\u00a0${settingText(results, point, name)}`).join(', ')
}

/** The values alone, for an axis that names the parameters. */
export function pointValues(results: Results, point: PointResults): string {
  return results.swept.map((name) => settingText(results, point, name)).join(' · ')
}

/** Points with their numbers: all of a few, else the first, the last and some evenly between. */
export function pointsBeside({ points }: Results): { point: PointResults; index: number }[] {
  const length = Math.min(points.length, MAX_BESIDE)
  const step = (points.length - 1) / Math.max(length - 1, 1)
  return Array.from({ length }, (_, i) => Math.round(i * step)).map((index) => ({
    point: points[index] as PointResults,
    index,
  }))
}

/** What to say where points are left out of a picture. */
export function besideNote({ points }: Results): string {
  return points.length > MAX_BESIDE ? ` Shown for ${MAX_BESIDE} of ${points.length} points.` : ''
}
