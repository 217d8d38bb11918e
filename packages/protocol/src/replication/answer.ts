import { equalBytes } from '@noble/ciphers/utils.js'
import { LIMITS } from '../limits.ts'
import type { FrameOf } from '../session/frames.ts'
import type { KeyTree } from './key-tree.ts'

/**
 * Where a replica holds something else than the asker of a `compare`, from its own horizon on where that is later: RE-41.
 * It keeps no memory of the question, and looks at no more ranges than its budget. An answer takes less than four times the
 * bytes of the question, whatever is held and whatever was asked (threat F5).
 */
export function answerCompare(
  tree: KeyTree,
  { id, horizon, ranges }: FrameOf<'compare'>,
  ownHorizon: number,
  budget: number = LIMITS.ranges,
): FrameOf<'differ'> {
  const from = Math.max(horizon, ownHorizon)
  const looked = budget >= 1 ? Math.min(ranges.length, Math.floor(budget)) : 0
  const deeper: number[] = []
  const listed: [number, Uint8Array[]][] = []
  for (const [place, [prefix, fingerprint]] of ranges.slice(0, looked).entries()) {
    const held = tree.range(prefix, from)
    if (equalBytes(held.fingerprint, fingerprint)) continue
    if (held.count > LIMITS.listedKeys) deeper.push(place)
    else listed.push([place, [...tree.keys(prefix, from)]])
  }
  return { type: 'differ', re: id, horizon: from, looked, deeper, listed }
}
