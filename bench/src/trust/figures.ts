import type { Compared, Prediction } from './prediction.ts'
import type { Resistance } from './resistance.ts'

/** What the benchmark found; AUCs from 0 to 1, scores from 0 to 1000. */
export interface Figures {
  readonly data: {
    readonly file: string
    readonly ratings: number
    readonly agents: number
    readonly predicted: number
  }
  /** Anchors have the score that the other anchors give them. */
  readonly prediction: Prediction
  /** The same with 1000 for every anchor. */
  readonly predictionByDefinition: Prediction
  readonly attack: readonly Resistance[]
  readonly baselines: Readonly<Record<string, BaselineFigures>>
}

/** `difference` is ours less theirs, in pairs. Their scores are not on our scale: of an attack only the AUC is given. */
export interface BaselineFigures extends Compared {
  readonly attack: readonly Pick<Resistance, 'm' | 'auc'>[]
}
