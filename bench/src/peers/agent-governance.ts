import { AgentMeshClient } from '@microsoft/agent-governance-sdk'

/**
 * The governed call of `@microsoft/agent-governance-sdk`, as its own first example has it: rings, a policy of three rules,
 * the trust score, and an entry in its audit log, in memory.
 */
export function governedCall(): () => Promise<boolean> {
  const client = AgentMeshClient.create('bench', {
    capabilities: ['data.read', 'data.write'],
    policyRules: [
      { action: 'data.read', effect: 'allow' },
      { action: 'data.write', effect: 'allow', conditions: { role: 'admin' } },
      { action: '*', effect: 'deny' },
    ],
  })
  return async () => (await client.executeWithGovernance('data.read')).decision === 'allow'
}
