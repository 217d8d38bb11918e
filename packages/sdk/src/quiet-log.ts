import type { Log } from './platform/platform.ts'

/** A log whose own failures, thrown or rejected, end nothing. */
export function quietLog(log: Log): Log {
  const quiet = (write: () => unknown): void => void new Promise((resolve) => resolve(write())).catch(() => {})
  return { info: (message) => quiet(() => log.info(message)), warn: (message) => quiet(() => log.warn(message)) }
}

/** What to write of something that was thrown: anything can be. */
export function textOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? (thrown.stack ?? thrown.message) : thrown)
  } catch {
    return 'something without a text was thrown'
  }
}
