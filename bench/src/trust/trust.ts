import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Benchmark, UnusableInput } from '../benchmark.ts'
import { Dice } from './dice.ts'
import type { Figures } from './figures.ts'
import type { Method } from './method.ts'
import { beta } from './methods/beta.ts'
import { eigenTrust } from './methods/eigentrust.ts'
import { earnedEvidenceFlow, evidenceFlow } from './methods/evidence-flow.ts'
import { fairnessGoodness } from './methods/fairness-goodness.ts'
import { mean } from './methods/mean.ts'
import { pageRank } from './methods/page-rank.ts'
import { type Compared, comparePredictions } from './prediction.ts'
import { type Ratings, readRatings } from './ratings.ts'
import { reportOf } from './report.ts'
import { type Resistance, resist } from './resistance.ts'

const BASELINES: Readonly<Record<string, Method>> = { mean, beta, fairnessGoodness, eigenTrust, pageRank }

const SHARED = process.env['TRUSTMESH_SHARED'] ?? fileURLToPath(new URL('../../../../shared', import.meta.url))

/** The benchmark `trust`: prediction and resistance on ratings that others made, beside what else there is. */
export const run: Benchmark = async ({ data = join(SHARED, 'data/bitcoin-otc.csv'), seed = 1, progress }) => {
  const ratings = readRatings(await textOf(data))
  if (ratings.ratings.length < 1000) throw new UnusableInput(`${data}: fewer than 1000 ratings`)
  const names = Object.keys(BASELINES)
  const baselines = Object.values(BASELINES)
  progress(`${data}: ${ratings.ratings.length} ratings of ${ratings.agents} agents; predicting`)
  const methods = [earnedEvidenceFlow, evidenceFlow, ...baselines]
  const { ratings: predicted, compared } = comparePredictions(ratings, methods, new Dice(seed))
  const [ours, byDefinition, ...theirs] = compared as [Compared, Compared, ...Compared[]]
  const attack = (name: string, method: Method): Resistance[] => {
    progress(`attacking ${name}`)
    return resist(ratings, method, seed)
  }
  const figures: Figures = {
    data: { file: data, ...sizes(ratings), predicted },
    prediction: ours.prediction,
    predictionByDefinition: byDefinition.prediction,
    attack: attack('evidenceFlow', evidenceFlow),
    baselines: Object.fromEntries(
      baselines.map((method, which) => {
        const name = names[which] as string
        const aucs = attack(name, method).map(({ m, auc }) => ({ m, auc }))
        return [name, { ...(theirs[which] as Compared), attack: aucs }]
      }),
    ),
  }
  return { seed, figures, table: reportOf(figures) }
}

function sizes({ ratings, agents }: Ratings): { ratings: number; agents: number } {
  return { ratings: ratings.length, agents }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UnusableInput(`${file} cannot be read; --data FILE.csv names another, or set TRUSTMESH_SHARED`, {
      cause: error,
    })
  }
}
