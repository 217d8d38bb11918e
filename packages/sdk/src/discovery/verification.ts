import { IdentityError, openInTurns, type Statement, type Verified } from '@trustmesh/identity'
import { type Explanation, MAX_SKEW_MS, recompute, type Standing } from '@trustmesh/trust'
import type { JoinConfig } from '../join-config.ts'
import type { Platform } from '../platform/platform.ts'
import { isAlike } from '../standings.ts'

export interface VerificationOptions {
  readonly config: Pick<JoinConfig, 'net' | 'policy'>
  readonly platform: Pick<Platform, 'after' | 'clock'>
}

/** What follows from evidence, here and now, and whether that is what was told. */
export interface Verification {
  readonly standing: Standing
  readonly explanation: Explanation
  readonly agrees: boolean
}

/** Opens every envelope, recomputes from those that hold, and compares. What does not open counts for nothing, and is no agreement. */
export async function verifyEvidence(
  envelopes: readonly Uint8Array[],
  told: Standing,
  { config, platform }: VerificationOptions,
): Promise<Verification> {
  const { clock } = platform
  const next = (): Promise<void> => new Promise((resolve) => void platform.after(0, resolve))
  const opened = await openInTurns(envelopes, { monotonic: () => clock.monotonic(), next })
  const statements = opened.filter((each): each is Verified<Statement> => !(each instanceof IdentityError))
  const { net, policy } = config
  const { did, ctx, epoch } = told
  const at = (now: number) => recompute(statements, did, { net, policy, ctx, now })
  const now = clock.now()
  const { standing, explanation } = at(now)
  // The node's clock may be a little off: what begins, ends or decays just now may not have done so there, or may have already.
  const isSaid =
    isAlike(standing, told) || [now - MAX_SKEW_MS, now + MAX_SKEW_MS].some((time) => isAlike(at(time).standing, told))
  return { standing: { ...standing, epoch }, explanation, agrees: isSaid && statements.length === envelopes.length }
}
