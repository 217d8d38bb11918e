/** What Node.js gives an identity: files, the system's clock and its randomness, and threads that verify. */

import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { IdentityError } from './identity-error.ts'
import { openInTurns } from './open-statements.ts'
import type { Clock, Random } from './ports.ts'
import type { Statement, Verified } from './statement.ts'

export { FileKeystore, type FileKeystoreOptions } from './file-keystore.ts'
export { type Folders, userFolders } from './folders.ts'
export { type PassphraseSources, readPassphrase } from './passphrase.ts'

/** Random bytes of the operating system. */
export const systemRandom: Random = (length) => new Uint8Array(randomBytes(length))

/** The wall clock of the operating system, and its monotonic one. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}

/**
 * Opens many envelopes, each with the verdict of `openStatement`, in the order in which they are given: signatures on the
 * thread pool, the rest a few milliseconds of a turn. Never rejects.
 */
export function openStatements(envelopes: readonly Uint8Array[]): Promise<(Verified<Statement> | IdentityError)[]> {
  return openInTurns(envelopes, { monotonic: systemClock.monotonic, next: () => setImmediate() })
}
