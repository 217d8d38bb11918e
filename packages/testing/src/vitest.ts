/**
 * # @trustmesh/testing/vitest
 *
 * Two matchers for vitest. Import this once, in a test or among `setupFiles`:
 *
 * ```ts
 * import '@trustmesh/testing/vitest'
 *
 * await expect(bob).toTrust(ada.did, { minTier: 'trusted' })
 * await expect(mallory.request(bob.did, 'task')).toDeny('gate.tier-too-low')
 * ```
 *
 * Both have to be awaited.
 */

import type { Did } from '@trustmesh/identity'
import { expect } from 'vitest'
import { type ExpectedDenial, toDeny } from './to-deny.ts'
import { type Trusted, toTrust } from './to-trust.ts'

export type { ExpectedDenial } from './to-deny.ts'
export type { Trusted } from './to-trust.ts'

declare module 'vitest' {
  interface Matchers<T> {
    /**
     * That an agent would let somebody in: `known` in the general context unless told otherwise. Asks the agent's node; fails
     * with the denial.
     */
    toTrust(did: Did, trusted?: Trusted): Promise<void>
    /**
     * That what was asked for is denied by a gate: with this code, or as this part of a denial says. Of a promise, or of a
     * verdict. What fails in another way, such as by a timeout, is neither denied nor not denied: it fails the test.
     */
    toDeny(expected?: ExpectedDenial): Promise<void>
  }
}

expect.extend({ toDeny, toTrust })
