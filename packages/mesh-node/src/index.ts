/**
 * # @trustmesh/mesh-node
 *
 * A node of a mesh: {@link startNode} runs one on a folder of its own, with WebSocket for agents, HTTP for operators and
 * `level` on disk. {@link MeshNode} is the node without all that: it takes {@link Connection}s, keeps {@link Store}d
 * statements, carries messages between agents, and cuts off whoever is revoked; tests and simulations give it a memory
 * store, a virtual clock and connections of their own.
 */

export type { AdminControl, Check } from './admin/control.ts'
export type { Operation } from './admin/operation.ts'
export type { Person } from './admin/person.ts'
export type { Order } from './admin/schemas/order.ts'
export type { AgentView } from './admin/view.ts'
export type { AuditEvent, AuditLog } from './audit/log.ts'
export { MemoryAuditLog } from './audit/memory.ts'
export { backUp } from './backup/back-up.ts'
export type { BackedUpFile, BackupManifest } from './backup/manifest.ts'
export { restore } from './backup/restore.ts'
export { loadConfig, type NodeConfig, type NodeLimits, type PartialConfig } from './config.ts'
export { createLog, type Fatal, type LogOptions, type NodeLog } from './log.ts'
export { type Founders, issueMembership } from './membership/certificate.ts'
export { type MeshFile, writeMeshFile } from './membership/mesh-file.ts'
export type { Peer } from './membership/peer.ts'
export type { Admission, Mesh } from './mesh.ts'
export type { NodeKeys } from './mesh-keys.ts'
export { createMetrics, type Metrics } from './metrics.ts'
export { MeshNode, type MeshNodeOptions } from './node.ts'
export { NodeError, type NodeErrorCode } from './node-error.ts'
export { type RunningNode, type StartOptions, startNode } from './start-node.ts'
export { MemoryStore } from './store/memory.ts'
export type { Store } from './store/store.ts'
export { systemTimers, type Timers } from './timers.ts'
export type { Connection, ConnectionHandler } from './transport/connection.ts'
export { dialWs } from './transport/ws-dial.ts'
