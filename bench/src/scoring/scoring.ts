import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { DEFAULT_MODEL, Scorer } from '@trustmesh/trust'
import { type Benchmark, pairedRow, peerRow, type Row } from '../benchmark.ts'
import { costOf, cpuMsSoFar } from '../cpu.ts'
import { compare, median, paired } from '../paired.ts'
import { Dice } from '../trust/dice.ts'
import { Crowd, NOW } from './crowd.ts'
import { bareLoops, SWEEPS } from './loops.ts'

const UPDATES = 1000
const STEP_MS = DEFAULT_MODEL.halfLifeMs / 256

/** The benchmark `scoring`: what it costs to compute all scores, to keep them up, and to hold what that takes. */
export const run: Benchmark = async ({ rounds = 15, seed = 1, progress }) => {
  progress('1,000,000 attestations of 100,000 agents')
  const large = await measured(new Mesh(100_000, seed), rounds)
  progress('10,000,000 attestations of 1,000,000 agents')
  const huge = await measured(new Mesh(1_000_000, seed), 3)
  return { rows: [...large, ...huge.map((row) => ({ ...row, id: `${row.id}-10m` }))], seed }
}

async function measured(mesh: Mesh, rounds: number): Promise<Row[]> {
  const loops = bareLoops(mesh.crowd)
  const full = compare(
    await paired(rounds, {
      ours: async () => (await costOf(() => mesh.nextStep())).cpuMs,
      peer: async () => (await costOf(loops)).cpuMs,
    }),
    (cpuMs) => cpuMs,
  )
  const updates = mesh.updates().sort((a, b) => a - b)
  const beside = (id: string, cpuMs: number): Row => {
    const rates = { ours: 1000 / cpuMs, peer: 1000 / full.ours, ratio: full.ours / cpuMs }
    return pairedRow(id, rates, 'updates per CPU second, more is better; beside computing everything anew')
  }
  const loopsUnit = `ms of CPU, less is better; beside ${SWEEPS} bare sweeps over the same edges, one for each round and pass`
  return [
    pairedRow('full-vs-loops', full, loopsUnit),
    beside('incremental-vs-full', median(updates)),
    beside('incremental-p99-vs-full', updates[Math.floor(UPDATES * 0.99)] as number),
    ownRow(
      'incremental-equals-full',
      mesh.differing(),
      `Dids that ${UPDATES} updates have left with other evidence than computing everything anew: 0`,
    ),
    ownRow(
      'bytes-per-attestation',
      mesh.bytes / mesh.crowd.size,
      'bytes resident in a scorer, less is better; to reach: 100',
    ),
  ]
}

/** A crowd with a scorer, and how much memory that took. */
class Mesh {
  readonly crowd: Crowd
  readonly bytes: number
  readonly #scorer: Scorer
  readonly #dice: Dice
  #now = NOW

  constructor(agents: number, seed: number) {
    this.#dice = new Dice(seed)
    this.crowd = new Crowd(agents, 10 * agents, () => this.#dice.next())
    const before = residentBytes()
    this.#scorer = this.#computed()
    this.bytes = residentBytes() - before
  }

  /** Everything has decayed a little further, so everything is computed anew. */
  nextStep(): void {
    this.#now += STEP_MS
    this.#scorer.advance(this.#now)
  }

  /** Agents with credit say something else: what each of these updates takes, in ms of CPU. */
  updates(): number[] {
    const { crowd } = this
    const said = crowd.saidBy((did) => this.#scorer.creditOf(did) > 0)
    return Array.from({ length: UPDATES }, () => {
      const by = said[this.#dice.below(said.length)] as number[]
      const change = { slots: [crowd.change(by[this.#dice.below(by.length)] as number)] }
      const before = cpuMsSoFar()
      this.#scorer.apply(change, this.#now)
      return cpuMsSoFar() - before
    })
  }

  /** How many Dids have other evidence in a scorer that has never seen anything change. */
  differing(): number {
    const anew = this.#computed()
    return this.crowd.dids.filter((did) => {
      const [kept, computed] = [this.#scorer.evidenceOf(did), anew.evidenceOf(did)]
      return kept.positive !== computed.positive || kept.negative !== computed.negative
    }).length
  }

  #computed(): Scorer {
    const scorer = new Scorer(DEFAULT_MODEL, this.crowd.roots, this.crowd)
    scorer.advance(this.#now)
    // Nothing is computed before somebody asks.
    for (const root of this.crowd.roots) scorer.opinionOf(root)
    return scorer
  }
}

/** What is alive, in the heap and in buffers outside it. */
function residentBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function ownRow(id: string, value: number, unit: string): Row {
  const { peer, ...row } = peerRow(id, value, unit)
  return { ...row, ours: peer, peer: null }
}
