import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Benchmark, ownRow, pairedRow } from '../benchmark.ts'
import { Founding } from '../founding.ts'
import { Hosted } from '../hosted.ts'
import { compare, median, paired } from '../paired.ts'
import type { Verification } from './bare-verifier.ts'
import { history, writeEnvelopes } from './history.ts'
import type { CatchUp } from './newcomer.ts'

const STATEMENTS = 100_000
const AGENTS = 10_000

/**
 * The benchmark `catchup`: an empty node is linked with one that holds 100,000 statements of 10,000 agents, until it holds
 * them all (guard, strict decoding, set, scores and disk, each node in a process of its own); beside what two cores give that
 * do nothing but verify the same signatures. Both sides have the same two cores, ours with the node that it learns from.
 */
export const run: Benchmark = async ({ rounds = 1, seed = 0, progress }) => {
  const folder = await mkdtemp(join(tmpdir(), 'trustmesh-bench-'))
  const hosted: Hosted[] = []
  const start = async (script: string, ...args: string[]): Promise<Hosted> => {
    const one = await Hosted.start(new URL(script, import.meta.url), args)
    hosted.push(one)
    return one
  }
  try {
    progress(`making ${STATEMENTS} statements of ${AGENTS} agents`)
    const [mesh, file] = [`catchup ${seed}`, join(folder, 'envelopes')]
    await writeEnvelopes(file, await history(new Founding(mesh), AGENTS, STATEMENTS))
    const verifier = await start('./bare-verifier.js', file)
    const newcomer = await start('./newcomer.js', mesh)
    progress('a node takes them from its store')
    await start('./old-hand.js', mesh, file, JSON.stringify(await newcomer.ask('peer')))
    progress(`catching up and bare verification, ${rounds} times`)
    const samples = await paired<CatchUp | Verification>(rounds, {
      ours: async () => (await newcomer.ask('catchUp', STATEMENTS)) as CatchUp,
      peer: async () => (await verifier.ask('verify')) as Verification,
    })
    const perSecond = ({ wallMs }: CatchUp | Verification): number => (STATEMENTS / wallMs) * 1000
    const microsEach = ({ cpuMs }: CatchUp | Verification): number => (cpuMs / STATEMENTS) * 1000
    const own = (id: string, figure: (sample: CatchUp) => number) =>
      ownRow(id, median(samples.map(({ ours }) => figure(ours as CatchUp))), 'ms, less is better')
    return {
      seed,
      rows: [
        pairedRow('catchup-vs-verify', compare(samples, perSecond), 'statements per second, more is better'),
        pairedRow('catchup-cpu', compare(samples, microsEach), 'µs of CPU each, less is better'),
        own('loop-delay-p99-ms', ({ delayP99Ms }) => delayP99Ms),
        own('loop-delay-max-ms', ({ delayMaxMs }) => delayMaxMs),
      ],
    }
  } finally {
    for (const each of hosted.reverse()) await each.stop()
    await rm(folder, { recursive: true })
  }
}
