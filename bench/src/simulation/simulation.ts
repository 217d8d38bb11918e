import { VirtualClock } from '@trustmesh/testing'
import { type Benchmark, ownRow, pairedRow, type Result } from '../benchmark.ts'
import { costOf } from '../cpu.ts'
import { DAY_MS, playCrowd, type Size } from './sybil-crowd.ts'

const SIZE: Size = { honest: 20, services: 4, days: 2 }
/** How many things an event loop with nothing to do has before it: as many timers as a mesh of a few thousand agents has. */
const PENDING = 10_000
const BARE_EVENTS = 1_000_000

/** The benchmark `simulation`: how fast virtual time passes in a scenario. */
export const run: Benchmark = (options) => measured(SIZE, options)

/** What it costs to play the Sybil scenario once, at a size. */
export async function measured(size: Size, { seed = 1, progress }: Parameters<Benchmark>[0]): Promise<Result> {
  const bare = (BARE_EVENTS / (await costOf(bareLoop)).cpuMs) * 1000
  progress(`${size.honest} honest agents and ${10 * size.honest} Sybils for ${size.days} days`)
  let events = 0
  const cost = await costOf(async () => {
    events = await playCrowd(size, seed)
  })
  const ours = (events / cost.cpuMs) * 1000
  const beside = { ours, peer: bare, ratio: ours / bare }
  return {
    rows: [
      pairedRow(
        'events-vs-bare-loop',
        beside,
        'events per CPU second, more is better; beside the clock with empty events',
      ),
      ownRow('events', events, 'events of the run'),
      ownRow('virtual-vs-real', (size.days * DAY_MS) / cost.wallMs, 'virtual time over real time, more is better'),
      ownRow('real-s', cost.wallMs / 1000, 'seconds for the run, less is better'),
      ownRow('peak-rss-mib', process.resourceUsage().maxRSS / 1024, 'MiB resident at most, less is better'),
    ],
    seed,
  }
}

/** As many events that do nothing but make the next. */
async function bareLoop(): Promise<void> {
  const time = new VirtualClock({ isAlone: true })
  let left = BARE_EVENTS
  const again = (ms: number): void => {
    if (left-- > 0) time.after(ms, () => again(ms), false)
  }
  for (let i = 0; i < PENDING; i++) again(1 + (i % 1_000))
  await time.until(() => left <= 0, Number.MAX_SAFE_INTEGER)
}
