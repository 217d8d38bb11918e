/** What of a registered handler tells which calls are for it, beside its kind. */
interface Takes {
  readonly requirement: { readonly can?: string | undefined }
}

/**
 * The handler that a call is for, of those by kind. A call that names a capability in place of a kind is for the one handler
 * that takes a chain for exactly that; where there are several, which of them is meant only a kind could say.
 */
export function handlerFor<Handler extends Takes>(
  named: string,
  handlers: ReadonlyMap<string, Handler>,
): Handler | undefined {
  const called = handlers.get(named)
  if (called) return called
  const [taking, ...others] = [...handlers.values()].filter(({ requirement }) => requirement.can === named)
  return others.length === 0 ? taking : undefined
}
