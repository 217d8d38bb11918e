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

export { type Did, type Encodable, parseDid } from '@trustmesh/identity'
export { type Constraint, type Denial, parseDenial, type Requirement, type Standing } from '@trustmesh/trust/words'
export type { CallOptions } from './calls/calls.ts'
export type { SendOptions, SignedOptions, SignedReply } from './calls/messenger.ts'
export { Chain, type Remaining, type Within } from './chain.ts'
export type { PeerChain } from './chain-gate.ts'
export type { FindOptions, Found } from './discovery/directory.ts'
export type { ExplainOptions, ToldExplanation, VerifiedExplanation } from './discovery/explanations.ts'
export type { WatchOptions } from './discovery/watches.ts'
export type { Gate, GateOptions } from './gate.ts'
export type { Ruling } from './gatekeeper.ts'
export type { HomeEnd } from './home.ts'
export type { Handler } from './inbox.ts'
export type { AttestOptions, DelegateOptions } from './issuer.ts'
export { joinMesh } from './join-mesh.ts'
export type { JoinOptions } from './join-mesh-on.ts'
export type { Description } from './manifests/description.ts'
export type { MeshEvent } from './manifests/events.ts'
export type { ManifestOptions } from './manifests/presentation.ts'
export { type RecoveryOptions, recoverIdentity } from './manifests/recovery.ts'
export type { Mesh, StandingOptions } from './mesh.ts'
export { MeshError, type MeshErrorCode } from './mesh-error.ts'
export type { Outcome } from './outcomes/outcome.ts'
export type { Report, ReporterOptions } from './outcomes/reporter.ts'
export type { Caller, InvokeOptions, Peer } from './peer.ts'
export type { Log } from './platform/platform.ts'
export type { BackoffOptions } from './reconnect.ts'
export { resolveDid } from './resolve-did.ts'
export type { Status } from './status.ts'
export type { Span, Telemetry, Traced } from './telemetry.ts'
