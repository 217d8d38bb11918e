import { vi } from 'vitest'

const STEP_MS = 20
/** Of the event loop, in a step: sockets take a few for each message. */
const TURNS = 4

/** From here on time passes only where a test hurries; sockets are as they are. */
export function stopTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
}

/** Lets time pass, faster than it does by itself, until something has come to an end: what it came to. */
export async function hurried<T>(promise: Promise<T>): Promise<T> {
  let isOver = false
  const end = (): void => {
    isOver = true
  }
  promise.then(end, end)
  while (!isOver) await pass(STEP_MS)
  return await promise
}

/** Lets so many ms pass. */
export async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve))
    vi.advanceTimersByTime(STEP_MS)
  }
}
