/**
 * # @trustmesh/sdk
 *
 * Join a mesh, say who may ask what of you, and talk:
 *
 * ```ts
 * import { joinMesh } from '@trustmesh/sdk'
 *
 * await using mesh = await joinMesh({ name: 'researcher' })
 * mesh.on('task', { minTier: 'trusted' }, async (task, peer) => ({ ok: true, servedFor: peer.did }))
 * for await (const d of mesh.denials()) console.log(d.code, d.peer.did, d.why[0], '→', d.fix)
 * ```
 */

export { type Denial, parseDenial, type Requirement, type Standing } from '@trustmesh/trust'
export type { PeerChain } from './chain-gate.ts'
export type { CallOptions } from './exchange.ts'
export type { HomeEnd } from './home.ts'
export type { Handler, Peer } from './inbox.ts'
export type { AttestOptions, Chain, DelegateOptions } from './issuer.ts'
export { type JoinOptions, joinMesh } from './join-mesh.ts'
export type { Mesh, SendOptions, StandingOptions } from './mesh.ts'
export { MeshError, type MeshErrorCode } from './mesh-error.ts'
export type { Log } from './platform/platform.ts'
export type { BackoffOptions } from './reconnect.ts'
