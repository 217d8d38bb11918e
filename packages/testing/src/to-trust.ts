import type { Did } from '@trustmesh/identity'
import type { Mesh } from '@trustmesh/sdk'
import { decide, type Requirement } from '@trustmesh/trust'
import type { MatcherState } from 'vitest'
import type { Matched } from './to-deny.ts'

/** How far somebody is trusted. */
export type Trusted = Pick<Requirement, 'ctx' | 'minTier'>

/** Whether an agent's gate would let somebody in for its standing, as its node has that now. */
export async function toTrust(this: MatcherState, mesh: Mesh, did: Did, trusted: Trusted = {}): Promise<Matched> {
  const { minTier = 'known', ctx = '' } = trusted
  const standing = await mesh.standing(did, { ctx })
  const { status, tier, score, confidence, epoch } = standing
  const occasion = { peer: did, kind: 'a test', epoch, self: mesh.did, decider: mesh.did }
  const verdict = decide({ standing }, { minTier, ctx }, occasion)
  const lines = [
    `expected ${mesh.did} ${this.isNot ? 'not ' : ''}to trust ${did} as ${minTier}${ctx && ` in ${ctx}`}`,
    `held: ${status}, ${tier}, score ${score}, confidence ${confidence}`,
    ...(verdict.allow ? [] : [`why: ${verdict.denial.why.join('; ')}`, `fix: ${verdict.denial.fix}`]),
  ]
  return { pass: verdict.allow, message: () => lines.join('\n') }
}
