import { resolveDid } from '@trustmesh/identity/did-document'
import { NodeError } from '../../node-error.ts'
import type { AdminControl } from '../control.ts'
import { only, pageOf, passes } from '../page.ts'
import * as contracts from '../schemas/agents.ts'
import type { Serve } from '../serve.ts'

/** Agents, and what is held of them. */
export function addAgents(serve: Serve, { control }: { readonly control: AdminControl }): void {
  serve(contracts.listAgents, ({ query: { status, tier, connected, ...page } }) =>
    pageOf(
      only(
        control.agents(),
        (agent) => passes(status, agent.status) && passes(tier, agent.tier) && passes(connected, `${agent.connected}`),
      ),
      page,
      ({ did }) => did,
    ),
  )

  serve(contracts.getAgent, ({ params }) => {
    const agent = control.agent(params.did)
    if (!agent) throw new NodeError('admin.not-found')
    return agent
  })

  // Follows from the Did alone, so that it is there for agents that this node has never seen.
  serve(contracts.getDidDocument, async ({ params }) => JSON.stringify(await resolveDid(params.did)))

  serve(contracts.getStanding, ({ params, query }) => control.standing(params.did, query.ctx))

  serve(contracts.getExplanation, ({ params: { did }, query: { ctx } }) => ({
    ...control.explanation(did, ctx),
    standing: control.standing(did, ctx),
  }))
}
