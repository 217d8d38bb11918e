import { beforeAll, describe, expect, it } from 'vitest'
import { buildExamples, Stage } from './stage.ts'

describe('examples/delegated-search', () => {
  beforeAll(buildExamples, 180_000)

  it('lends a tool within limits, which hold for whoever it is handed on to, until it is taken back', async () => {
    await using stage = await Stage.open()
    const researcher = stage.start('delegated-search/dist/researcher.js')
    const assistant = stage.start('delegated-search/dist/assistant.js')
    const dids = [await researcher.did(), await assistant.did()]

    const stranger = await stage.run('delegated-search/dist/helper.js', ...dids)
    expect([await stranger.ended, stranger.stderr]).toEqual([1, expect.stringContaining('gate.tier-too-low')])
    const helperDid = await stranger.did()
    for (const did of [...dids, helperDid]) await stage.vouch(did)

    const helper = await stage.run('delegated-search/dist/helper.js', ...dids)
    expect(await helper.ended).toBe(0)
    expect(helper.stdout.trim().split('\n').slice(1)).toEqual([
      'searches what is public: ["Trust among strangers","Trust, and how it is lost"]',
      expect.stringMatching(/^searches what is private: refused, chain\.constraint: /),
      'hands on every tool: failed, delegation.widens',
      'has the assistant look for more: {"refused":"chain.constraint"}',
      'has the assistant look for less: ["Trust, and how it is lost"]',
      expect.stringMatching(/^searches a third time: refused, chain\.exhausted: /),
      expect.stringMatching(/^searches after that: refused, chain\.void: /),
      'has the assistant search after that: {"refused":"chain.void"}',
    ])
    const uses = researcher.stdout.match(/^.* searches for .*$/gm)
    expect(uses).toEqual([
      `${helperDid} searches for "Trust" over 1 links`,
      `${dids[1]} searches for "Trust, and" over 2 links`,
    ])
  })
})
