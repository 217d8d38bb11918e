/** What Node.js gives an identity: files, the system's clock and its randomness. */

import { randomBytes } from 'node:crypto'
import type { Clock, Random } from './ports.ts'

export { FileKeystore, type FileKeystoreOptions } from './file-keystore.ts'
export { type Folders, userFolders } from './folders.ts'
export { type PassphraseSources, readPassphrase } from './passphrase.ts'

export const systemRandom: Random = (length) => new Uint8Array(randomBytes(length))

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}
