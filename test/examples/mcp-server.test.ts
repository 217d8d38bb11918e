import { beforeAll, describe, expect, it } from 'vitest'
import { buildExamples, Stage } from './stage.ts'

describe('examples/mcp-server', () => {
  beforeAll(buildExamples, 180_000)

  it('shows its tools to whoever is known, and lets them be used by whoever is trusted, or acts for one who may', async () => {
    await using stage = await Stage.open()
    const server = await stage.start('mcp-server/dist/server.js').did()

    const stranger = await stage.run('mcp-server/dist/client.js', server)
    expect([await stranger.ended, stranger.stdout]).toEqual([1, expect.stringContaining('denied: gate.tier-too-low')])
    const did = await stranger.did()

    await stage.vouch(did, 300)
    const known = await stage.run('mcp-server/dist/client.js', server)
    expect(known.stdout).toContain('tools: whoami, search')
    expect(known.stdout).toContain(`whoami: [{"type":"text","text":"${did}"}]`)
    expect(known.stdout).toMatch(/^search: denied .*gate\.tier-too-low.*trusted/m)

    const strange = await stage.run('mcp-server/dist/borrow.js', server, did)
    expect(await strange.ended).toBe(1)
    await stage.vouch(await strange.did())
    const lender = await stage.run('mcp-server/dist/borrow.js', server, did)
    const behalf = await stage.run('mcp-server/dist/client.js', server, await lender.says(/^chain (\S+)$/m))
    expect(behalf.stdout).toMatch(/^search: .*3 results for trust/m)

    await stage.vouch(did, 800)
    const trusted = await stage.run('mcp-server/dist/client.js', server)
    expect(trusted.stdout).toMatch(/^search: .*3 results for trust/m)
  })
})
