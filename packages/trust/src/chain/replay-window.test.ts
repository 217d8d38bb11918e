import type { StatementId } from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import { codeOf, NOW } from '../../test/cast.ts'
import { MemoryReplayWindow } from './replay-window.ts'

const id = (text: string): StatementId => text as StatementId

describe(MemoryReplayWindow, () => {
  it('refuses rather than forget, and has room again when what it holds is too old', async () => {
    const window = new MemoryReplayWindow(2)
    await window.claim(id('a'), NOW + 10, NOW)
    await window.claim(id('b'), NOW + 20, NOW)
    expect(await codeOf(() => window.claim(id('c'), NOW + 30, NOW + 10))).toBe('replay-window.full')
    expect(await window.claim(id('a'), NOW + 10, NOW + 10)).toBe(false)
    expect(await window.claim(id('c'), NOW + 30, NOW + 11)).toBe(true)
    expect(window.size).toBe(2)
  })

  it('holds no more than what can still be replayed', async () => {
    const window = new MemoryReplayWindow()
    for (let i = 0; i < 10_000; i++) await window.claim(id(`${i}`), NOW + i + 100, NOW + i)
    expect(window.size).toBeLessThanOrEqual(101)
  })
})
