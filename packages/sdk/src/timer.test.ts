import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { timer } from './timer.ts'

describe(timer, () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('F6 does not fire at once where it is asked for more than there can be', async () => {
    const act = vi.fn()
    timer(Number.MAX_SAFE_INTEGER, act)
    await vi.advanceTimersByTimeAsync(2 ** 31 - 2)
    expect(act).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(act).toHaveBeenCalledOnce()
  })

  it('does not fire once it is called off', async () => {
    const act = vi.fn()
    timer(10, act)()
    await vi.advanceTimersByTimeAsync(10)
    expect(act).not.toHaveBeenCalled()
  })
})
