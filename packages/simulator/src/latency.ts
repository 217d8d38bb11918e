import type { Latency } from '@trustmesh/testing'

/** Always as long. */
export function constantMs(ms: number): Latency {
  return () => ms
}

/** Any time from `min` to `max` ms is as likely. */
export function uniformMs(min: number, max: number): Latency {
  return (random) => random.integer(min, max)
}

/** As it was measured: times in ms at equal steps from the shortest to the longest, and those between two of them as likely. */
export function measuredMs(quantiles: readonly [number, number, ...number[]]): Latency {
  return (random) => {
    const at = (random.integer(0, UNIT - 1) / UNIT) * (quantiles.length - 1)
    const place = Math.floor(at)
    const [below, above] = [quantiles[place] as number, quantiles[place + 1] as number]
    return Math.round(below + (above - below) * (at - place))
  }
}

/** As networks are: half of all take no longer than so many ms, one in a hundred three times as long. */
export function longTailedMs(median: number): Latency {
  const [first, second, ...others] = LOG_NORMAL.map((thousandths) => (median * thousandths) / 1_000)
  return measuredMs([first as number, second as number, ...others])
}

/** Each link as it is told, by the names of the hosts at its ends: `node-0`, `alice`. */
export function byLink(latencyOf: (from: string, to: string) => Latency): Latency {
  const known = new Map<string, Latency>()
  return (random, from, to) => {
    const link = `${from.name} ${to.name}`
    const latency = known.get(link) ?? latencyOf(from.name, to.name)
    known.set(link, latency)
    return latency(random, from, to)
  }
}

const UNIT = 2 ** 32

/** A log-normal distribution with median 1 and sigma 1/2 in thousandths, as a table: no two machines agree on `exp`. */
const LOG_NORMAL: readonly number[] = [
  299, 370, 414, 449, 479, 505, 529, 552, 573, 594, 613, 632, 651, 669, 687, 705, 722, 740, 757, 775, 792, 809, 827,
  844, 862, 879, 897, 915, 934, 952, 971, 990, 1010, 1030, 1050, 1071, 1093, 1115, 1137, 1161, 1185, 1210, 1236, 1263,
  1291, 1321, 1352, 1384, 1419, 1455, 1494, 1536, 1581, 1631, 1685, 1745, 1812, 1890, 1980, 2089, 2227, 2413, 2701,
  3349,
]
