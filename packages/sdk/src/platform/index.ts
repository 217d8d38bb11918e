/**
 * # @trustmesh/sdk/platform
 *
 * For a place that is neither Node.js nor a browser: say what it is like as a {@link Platform}, and join from there with
 * {@link joinMeshOn}. The SDK takes its time, its timers, its randomness and its sockets from there and from nowhere else.
 * Parts of it are loaded once they are needed, which takes real time: {@link preload} loads them now.
 */

export { joinMeshOn } from '../join-mesh-on.ts'
export { MemoryNotes, type Notes } from '../manifests/notes.ts'
export { preload } from '../preload.ts'
export type { CancelTimer } from '../timer.ts'
export type { Kept, Log, Platform, Socket, SocketHandler, Uses } from './platform.ts'
