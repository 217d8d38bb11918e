/** Calls off what was to happen. */
export type CancelTimer = () => void

/** Beyond this `setTimeout` fires at once (threat F6). */
const LONGEST_MS = 2 ** 31 - 1

/** The runtime's own timers. */
export function timer(ms: number, act: () => void): CancelTimer {
  const handle = setTimeout(act, Math.min(ms, LONGEST_MS))
  return () => clearTimeout(handle)
}
