import { generateIdentity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { decide, type Occasion, parseRequirement, parseStanding, type Requirement } from '@trustmesh/trust'
import { type BenchmarkOptions, pairedRow, type Row } from '../benchmark.ts'
import { costOf } from '../cpu.ts'
import { compare, paired } from '../paired.ts'
import { governedCall } from '../peers/agent-governance.ts'

/** Decisions in a sample; the peer makes fewer, at about as much cost. */
const OURS = 200_000
const PEERS = 2_000

/** `decide-vs-agt`: decisions of the gate on a standing that is known, beside governed calls of the peer, all of them allowed. */
export async function decisionRow({ rounds = 41, progress }: BenchmarkOptions): Promise<Row> {
  progress(`decide-vs-agt: ${rounds} rounds`)
  const ask = ourDecision()
  const call = governedCall()
  const ours = (): Promise<number> => rateOf(OURS, () => ask())
  const peer = (): Promise<number> => rateOf(PEERS, call)
  await paired(5, { ours, peer })
  const samples = await paired(rounds, { ours, peer })
  return pairedRow(
    'decide-vs-agt',
    compare(samples, (rate) => rate),
    'decisions per CPU second, more is better',
  )
}

/** As an agent asks for each message: the standing and the requirement are at hand, the occasion is new. */
function ourDecision(): () => boolean {
  const [peer, self] = [generateIdentity(systemRandom).did, generateIdentity(systemRandom).did]
  const held = { status: 'active', score: 700, tier: 'trusted', confidence: 600, epoch: 0 }
  const standing = parseStanding({ did: peer, ...held })
  const requirement: Requirement = parseRequirement({ minTier: 'trusted' })
  return () => {
    const occasion: Occasion = { peer, kind: 'task', epoch: 0, self, decider: 'bench' }
    return decide({ standing }, requirement, occasion).allow
  }
}

async function rateOf(count: number, allows: () => boolean | Promise<boolean>): Promise<number> {
  const { cpuMs } = await costOf(async () => {
    for (let made = 0; made < count; made++) {
      const answer = allows()
      if (!(typeof answer === 'boolean' ? answer : await answer)) throw new Error('denied')
    }
  })
  return (count / cpuMs) * 1000
}
