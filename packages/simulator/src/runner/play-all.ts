import { availableParallelism } from 'node:os'
import { type Experiment, type Task, tasksOf } from '../experiment.ts'
import { commandOf } from '../manifest.ts'
import { type RunRecord, runRecord } from '../run-record.ts'
import { SimulatorError } from '../simulator-error.ts'
import { Player } from './player.ts'

/** How an experiment is played. None of it changes what comes of it. */
export interface PlayOptions {
  /** So many processes at most; what comes of it does not depend on that. As many as there are cores, unless told otherwise. */
  readonly jobs?: number | undefined
  /** How long one run may take, in ms of the real time; ten minutes unless told otherwise. */
  readonly limitMs?: number | undefined
  /** Ends all that is under way. */
  readonly signal?: AbortSignal | undefined
  /** How many runs are over, of how many. */
  readonly onProgress?: (done: number, of: number) => void
  /** Each run that is over, once all before it are. */
  readonly onRecord?: (record: RunRecord) => void
}

const LIMIT_MS = 600_000

/**
 * Plays all runs of an experiment, each in one of a few processes. Rejects with `run.failed` or `run.timeout` of the first
 * that fails, or with `simulation.cancelled`; no process is left then.
 */
export async function playAll(experiment: Experiment, options: PlayOptions = {}): Promise<RunRecord[]> {
  const { jobs = availableParallelism(), limitMs = LIMIT_MS, signal, onProgress, onRecord } = options
  const tasks = tasksOf(experiment)
  const records: RunRecord[] = []
  const controller = new AbortController()
  const ended = AbortSignal.any([controller.signal, ...(signal ? [signal] : [])])
  let failure: unknown
  let [next, done, told] = [0, 0, 0]

  const lane = async (): Promise<void> => {
    const player = new Player()
    const stop = () => void player.stop()
    ended.addEventListener('abort', stop)
    try {
      for (let n = next++; n < tasks.length && !ended.aborted; n = next++) {
        records[n] = await played(player, experiment, tasks[n] as Task, limitMs)
        onProgress?.(++done, tasks.length)
        for (let record = records[told]; record; record = records[++told]) onRecord?.(record)
      }
    } catch (error) {
      failure ??= error
      controller.abort()
    } finally {
      ended.removeEventListener('abort', stop)
      await player.stop()
    }
  }

  if (!ended.aborted) await Promise.all(Array.from({ length: Math.min(jobs, tasks.length) }, lane))
  if (signal?.aborted) throw new SimulatorError('simulation.cancelled', 'ended before all runs were over')
  if (failure) throw failure
  return records
}

/** One run of an experiment. */
async function played(player: Player, experiment: Experiment, task: Task, limitMs: number): Promise<RunRecord> {
  const { point, run, seed, settings } = task
  try {
    const { module } = experiment.loaded
    const outcome = await player.play({ module: module.href, settings, seed }, limitMs)
    return runRecord.parse({ point, run, ...outcome })
  } catch (cause) {
    const { manifest, points } = experiment
    const alone = { ...manifest, settings: points[point]?.written ?? {}, sweep: {}, runs: 1, firstRun: run }
    const known = cause instanceof SimulatorError ? cause : undefined
    const message = known?.message ?? 'what it recorded is no run'
    throw new SimulatorError(known?.code ?? 'run.failed', `run ${run} of point ${point} (seed ${seed}): ${message}`, {
      ...{ cause, why: known?.why ?? [], fix: `alone: ${commandOf(alone)}` },
    })
  }
}
