export type CancelTimer = () => void

export function timer(ms: number, act: () => void): CancelTimer {
  const handle = setTimeout(act, ms)
  return () => clearTimeout(handle)
}
