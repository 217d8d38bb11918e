import { describe, expect, it } from 'vitest'
import { Dice } from '../test/dice.ts'
import { BACKOFF, backoffMs } from './reconnect.ts'

const AGENTS = 1_000
const PARTS = 10

describe('the pause before another attempt', () => {
  it.each([0, 1, 3, 5, 6, 100, Number.MAX_SAFE_INTEGER])(
    'O2 spreads a thousand agents evenly that have all failed %i times',
    (failures) => {
      const dice = new Dice(failures % 1_000)
      const bound = Math.min(BACKOFF.capMs, BACKOFF.baseMs * 2 ** failures)
      const parts = Array<number>(PARTS).fill(0)
      for (let n = 0; n < AGENTS; n++) {
        const pause = backoffMs(failures, dice.bytes)
        expect(pause).toBeLessThan(bound)
        parts[Math.floor((pause / bound) * PARTS)] = (parts[Math.floor((pause / bound) * PARTS)] ?? 0) + 1
      }
      for (const part of parts) {
        expect(part).toBeGreaterThan(AGENTS / PARTS / 2)
        expect(part).toBeLessThan((AGENTS / PARTS) * 2)
      }
    },
  )
})
