import { checkSchedules } from '@trustmesh/testing/schedules'
import { describe, expect, it } from 'vitest'

/** Printed, so that a run can be seen again: `npm run test:schedules -- --seed N`. */
const SEED = Number(process.env['TRUSTMESH_SEED'] ?? Date.now() % 2 ** 31)
const RUNS = 1_000
const TIMEOUT_MS = 600_000

/** What has to happen now and then, or nothing was tried. */
const EXPECTED = [
  'attest ok',
  'join ok',
  'join refused.revoked',
  'join unreachable',
  'resign gone',
  'retract ok',
  'revoke ok',
  'send gone',
  'send message.recipient-offline',
  'send ok',
  'suspend ok',
]

describe('a mesh in memory', () => {
  it(
    'R1 R3 R4 K1 agrees, resurrects nobody, and hands nothing on of whoever is revoked, whatever befalls it',
    async () => {
      const { outcomes, failure } = await checkSchedules({ seed: SEED, runs: RUNS, maxSteps: 14 })
      expect(failure, `seed ${SEED}`).toBeNull()
      for (const what of EXPECTED) expect(outcomes.get(what) ?? 0, `${what}, seed ${SEED}`).toBeGreaterThan(0)
    },
    TIMEOUT_MS,
  )

  it('takes its course from the schedule alone: twice the same is the same to the last byte', async () => {
    const courses = async (): Promise<string[]> => {
      const traces: string[] = []
      await checkSchedules({ seed: SEED, runs: 10, maxSteps: 30, played: ({ trace }) => traces.push(trace) })
      return traces
    }
    const first = await courses()
    expect(await courses()).toEqual(first)
    expect(new Set(first).size).toBe(10)
  })
})
