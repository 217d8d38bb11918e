import { vi } from 'vitest'

/** Waits until the probe gives something, and gives it back. Fails when that takes implausibly long. */
export function until<T>(probe: () => T | Promise<T>): Promise<Exclude<T, false | null | undefined>> {
  return vi.waitUntil(probe, { timeout: 20_000, interval: 5 }) as Promise<Exclude<T, false | null | undefined>>
}
