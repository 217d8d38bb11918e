import type { NodeConfig } from '../config.ts'
import { NodeError } from '../node-error.ts'
import { gatherFacts, type Surroundings } from './gather-facts.ts'
import { reasonsAgainst } from './reasons.ts'

/**
 * In production mode rejects with {@link NodeError} `production.refused`, which names every reason and what mends it, unless
 * the node is fit for that (threat P14). Changes nothing, and does nothing in development.
 */
export async function refuseUnfit(config: NodeConfig, surroundings: Surroundings): Promise<void> {
  if (config.mode !== 'production') return
  const reasons = reasonsAgainst(await gatherFacts(config, surroundings))
  if (reasons.length === 0) return
  throw new NodeError('production.refused', { problems: reasons.map((reason) => ({ path: '', ...reason })) })
}
