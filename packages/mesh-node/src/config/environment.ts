import { type Layer, merged, objectWith } from './layer.ts'
import type { Setting } from './settings.ts'

/** The environment, by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The variable for a setting: `TRUSTMESH_LISTEN_PORT` for `listen.port`. */
export function variableOf(path: readonly PropertyKey[]): string {
  const words = path.map((key) => String(key).replace(/[A-Z]/g, '_$&').toUpperCase())
  return ['TRUSTMESH', ...words].join('_')
}

/** What the environment says; lists with commas. Empty variables do not count. */
export function environmentLayer(settings: readonly Setting[], env: Environment): Layer {
  const said = settings.flatMap(({ path, kind }) => {
    const text = env[variableOf(path)]
    return text ? [objectWith(path, readAs(kind, text))] : []
  })
  return {
    said: said.reduce(merged, undefined),
    originOf: (path) => `env ${variableOf(longestNamed(path, settings))}`,
  }
}

/** What says by itself no number or truth value stays the text that it is, for the schema to refuse. */
function readAs(kind: Setting['kind'], text: string): unknown {
  if (kind === 'list') return text.split(',')
  if (kind === 'integer') return /^\d{1,15}$/.test(text) ? Number(text) : text
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

/** An item of a list has no variable of its own. */
function longestNamed(path: readonly PropertyKey[], settings: readonly Setting[]): readonly PropertyKey[] {
  const known = settings.find(({ path: named }) => named.every((key, n) => key === path[n]))
  return known?.path ?? path
}
