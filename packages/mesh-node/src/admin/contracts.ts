/**
 * # @trustmesh/mesh-node/admin
 *
 * The admin API as its clients see it: a {@link Contract} for each route, with the schemas of what is sent and answered and
 * the types inferred from them. The server, its OpenAPI document and its tests are made from the same ones.
 */

import * as agents from './schemas/agents.ts'
import * as audit from './schemas/audit.ts'
import type { Contract } from './schemas/contract.ts'
import * as events from './schemas/events.ts'
import * as health from './schemas/health.ts'
import * as invitations from './schemas/invitations.ts'
import * as login from './schemas/login.ts'
import * as mesh from './schemas/mesh.ts'
import * as operations from './schemas/operations.ts'
import * as statements from './schemas/statements.ts'
import * as tokens from './schemas/tokens.ts'
import * as webhooks from './schemas/webhooks.ts'

export { ROLES, type Role } from './person.ts'
export { type Answer, API_VERSION, type Contract, type Sent } from './schemas/contract.ts'
export { type EventView, meshEvent } from './schemas/events.ts'
export { OPERATOR } from './schemas/login.ts'
export { type ProblemDocument, problem } from './schemas/problem.ts'
export { mayActAs } from './schemas/role.ts'

/** Every route there is, by its `operationId`. */
export const CONTRACTS = {
  getLivez: health.getLivez,
  getReadyz: health.getReadyz,
  getMetrics: health.getMetrics,
  getOpenapi: health.getOpenapi,
  getUi: health.getUi,
  getUiFile: health.getUiFile,
  getWhoami: mesh.getWhoami,
  getMesh: mesh.getMesh,
  createChallenge: login.createChallenge,
  createLogin: login.createLogin,
  deleteLogin: login.deleteLogin,
  listAgents: agents.listAgents,
  getAgent: agents.getAgent,
  getDidDocument: agents.getDidDocument,
  getStanding: agents.getStanding,
  getExplanation: agents.getExplanation,
  listNodes: mesh.listNodes,
  listSessions: mesh.listSessions,
  listStatements: statements.listStatements,
  getStatement: statements.getStatement,
  submitStatement: statements.submitStatement,
  listAttestations: statements.listAttestations,
  createAttestation: statements.createAttestation,
  previewAttestation: statements.previewAttestation,
  listDelegations: statements.listDelegations,
  listRevocations: statements.listRevocations,
  createRevocation: operations.createRevocation,
  previewRevocation: operations.previewRevocation,
  listSuspensions: statements.listSuspensions,
  createSuspension: operations.createSuspension,
  previewSuspension: operations.previewSuspension,
  liftSuspension: operations.liftSuspension,
  createEviction: operations.createEviction,
  previewEviction: operations.previewEviction,
  createKillSwitch: operations.createKillSwitch,
  previewKillSwitch: operations.previewKillSwitch,
  listOperations: operations.listOperations,
  getOperation: operations.getOperation,
  approveOperation: operations.approveOperation,
  rejectOperation: operations.rejectOperation,
  listAudit: audit.listAudit,
  getAuditCheckpoint: audit.getAuditCheckpoint,
  getAuditKeyChains: audit.getAuditKeyChains,
  getInclusionProof: audit.getInclusionProof,
  getConsistencyProof: audit.getConsistencyProof,
  getAuditTile: audit.getAuditTile,
  watchEvents: events.watchEvents,
  listWebhooks: webhooks.listWebhooks,
  createWebhook: webhooks.createWebhook,
  deleteWebhook: webhooks.deleteWebhook,
  testWebhook: webhooks.testWebhook,
  listDeliveries: webhooks.listDeliveries,
  listTokens: tokens.listTokens,
  createToken: tokens.createToken,
  deleteToken: tokens.deleteToken,
  createInvitation: invitations.createInvitation,
} as const satisfies Readonly<Record<string, Contract>>
