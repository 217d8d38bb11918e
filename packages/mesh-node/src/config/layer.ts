/** Steps from the whole of a config to a value in it. */
export type Path = readonly PropertyKey[]

/** One place that a config comes from. */
export interface Layer {
  /** Some of a config; `undefined` where the place has nothing to say. */
  readonly said: unknown
  /** Where exactly it says the value at a path, or what is around it: `FILE:LINE`, `env NAME`, `flag`, `default`. */
  readonly originOf: (path: Path) => string
  /** The same to the column, where that is known. */
  readonly positionOf?: (path: Path) => string
}

/** What layers say together, each winning over the one before: objects field by field, everything else whole. */
export function mergeLayers(layers: readonly Layer[]): unknown {
  return layers.map(({ said }) => said).reduce(merged)
}

/** The layer that has decided what stands at a path, or at the nearest thing around it. */
export function deciderOf(layers: readonly Layer[], path: Path): Layer | undefined {
  for (let length = path.length; length >= 0; length -= 1) {
    const decider = layers.findLast(({ said }) => valueAt(said, path.slice(0, length)) !== undefined)
    if (decider) return decider
  }
  return undefined
}

/** What stands at a path, or `undefined`. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => {
    const hasFields = typeof at === 'object' && at !== null && Object.hasOwn(at, key)
    return hasFields ? (at as Record<PropertyKey, unknown>)[key] : undefined
  }, value)
}

/** An object that has one value, at a path. Made from entries, so that a field `__proto__` is a field and gets refused. */
export function objectWith([key, ...rest]: readonly string[], value: unknown): unknown {
  return key === undefined ? value : Object.fromEntries([[key, objectWith(rest, value)]])
}

export function merged(base: unknown, over: unknown): unknown {
  if (over === undefined) return base
  if (!isObject(base) || !isObject(over)) return over
  const fields = Object.entries(over).map(([key, value]) => [
    key,
    merged(Object.hasOwn(base, key) ? base[key] : undefined, value),
  ])
  return { ...base, ...Object.fromEntries(fields) }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
