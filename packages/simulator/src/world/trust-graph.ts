import type { MemoryNode, SeededRandom } from '@trustmesh/testing'
import type { TrustGraph } from '../run-record.ts'
import type { Agent } from './agent.ts'

/** More than this many at once show nothing. */
const MAX_AGENTS = 150

/** Who stands how at a node, and who has said what of whom: of all agents, or of so many drawn from them. */
export function trustGraph(
  node: MemoryNode,
  agents: readonly Agent[],
  random: SeededRandom,
): Pick<TrustGraph, 'agents' | 'attestations'> {
  const { control } = node.node
  const shown = drawnFrom(agents, random)
  const numberOf = new Map(shown.map(({ did }, i) => [did, i]))
  const attestations: TrustGraph['attestations'] = []
  for (const { iss, sub, ctx, value } of control.attestations()) {
    const [from, to] = [numberOf.get(iss), numberOf.get(sub)]
    if (from !== undefined && to !== undefined && ctx === '') attestations.push([from, to, value])
  }
  return {
    agents: shown.map(({ name, group, did }) => {
      const { score, tier, status } = control.standing(did)
      return { name, group, score, tier, status }
    }),
    attestations: attestations.sort(([a, b], [c, d]) => a - c || b - d),
  }
}

/** The root, and as many others as there is room for, in their order. */
function drawnFrom(agents: readonly Agent[], random: SeededRandom): readonly Agent[] {
  const [root, ...others] = agents
  const left = new Set(others)
  while (left.size >= MAX_AGENTS) {
    left.delete(others[random.integer(0, others.length - 1)] as Agent)
  }
  return root ? [root, ...left] : []
}
