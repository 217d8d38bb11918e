/** What Node.js gives a handshake. */

export { generateKeyPair } from './primitives/native.ts'
