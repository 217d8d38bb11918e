import type { AuditLog } from '../audit/log.ts'
import type { AuditReader } from '../audit/reader.ts'
import type { Events } from '../events/events.ts'
import type { Metrics } from '../metrics.ts'
import type { Timers } from '../timers.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'
import { CONTRACTS } from './contracts.ts'
import type { AdminControl } from './control.ts'
import type { Door } from './door.ts'
import type { Logins } from './login.ts'
import { openapiOf } from './openapi.ts'
import { addAgents } from './routes/agents.ts'
import { addAttestations } from './routes/attestations.ts'
import { addAudit } from './routes/audit.ts'
import { addDelegations } from './routes/delegations.ts'
import { addEvents } from './routes/events.ts'
import { addEvictions } from './routes/evictions.ts'
import { addHealth } from './routes/health.ts'
import { addInvitations } from './routes/invitations.ts'
import { addKillSwitches } from './routes/kill-switches.ts'
import { addLogin } from './routes/login.ts'
import { addMesh } from './routes/mesh.ts'
import { addOperations } from './routes/operations.ts'
import { addRevocations } from './routes/revocations.ts'
import { addStatements } from './routes/statements.ts'
import { addSuspensions } from './routes/suspensions.ts'
import { addTokens } from './routes/tokens.ts'
import { addUi } from './routes/ui.ts'
import { addWebhooks } from './routes/webhooks.ts'
import { getOpenapi } from './schemas/health.ts'
import type { Serve } from './serve.ts'
import type { Tokens } from './tokens.ts'

/** What the routes need of the node. */
export interface RouteOptions {
  readonly control: AdminControl
  readonly metrics: Metrics
  readonly audit: AuditLog
  readonly auditReader: AuditReader
  readonly tokens: Tokens
  readonly events: Events
  readonly webhooks: Webhooks
  readonly timers: Timers
}

/** Adds every route. Who may use them is the door's business. Gives what ends the streams that are open. */
export function addRoutes(
  serve: Serve,
  options: RouteOptions & { readonly logins: Logins; readonly door: Door },
): () => void {
  const openapi = openapiOf(Object.values(CONTRACTS))
  serve(getOpenapi, () => openapi)
  addUi(serve)
  addHealth(serve, options)
  addMesh(serve, options)
  addLogin(serve, options)
  addAgents(serve, options)
  addStatements(serve, options)
  addAttestations(serve, options)
  addDelegations(serve, options)
  addRevocations(serve, options)
  addSuspensions(serve, options)
  addEvictions(serve, options)
  addKillSwitches(serve, options)
  addOperations(serve, options)
  addAudit(serve, options)
  addInvitations(serve, options)
  addTokens(serve, options)
  addWebhooks(serve, options)
  return addEvents(serve, options)
}
