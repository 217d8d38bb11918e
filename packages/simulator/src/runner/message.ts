import type { Task } from '../experiment.ts'
import type { Played } from '../play.ts'

/** What a process is told: where the scenario is, and which run of it to play. */
export type Order = Omit<Task, 'point' | 'run'> & { readonly module: string }

/** What it answers. */
export type Answer =
  | { readonly played: Played }
  | { readonly failure: { readonly message: string; readonly stack?: string | undefined } }
