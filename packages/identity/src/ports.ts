/** What the pure core asks of its surroundings. Nothing in this package reads a clock or draws randomness by itself. */

/** Time, as a port, so that tests and simulations decide what it is. */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch; may jump. Used only for the time inside signed statements. */
  now(): number
  /** Milliseconds that only ever grow, from an arbitrary origin. Used for every deadline and interval. */
  monotonic(): number
}

/** Draws `length` bytes that nobody can predict (or, in a simulation, that a seed determines). */
export type Random = (length: number) => Uint8Array
