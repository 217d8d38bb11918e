import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildExamples, Stage } from './stage.ts'

describe('examples/http-gate', () => {
  beforeAll(buildExamples, 180_000)

  it('lets in whoever is trusted at that moment, and tells all others why not; a pass that is guessed is none', async () => {
    await using stage = await Stage.open()
    const service = stage.start('http-gate/dist/service.js')
    const [did, url] = [await service.did(), await service.says(/^at (http:\S+)$/m)]
    const caller = stage.start('http-gate/dist/caller.js', did, url)
    const callerDid = await caller.did()
    await caller.says(/no pass: gate\.tier-too-low → .* attests/)

    await stage.vouch(callerDid, 300)
    caller.enter()
    const denial = JSON.parse(await caller.says(/^403 (.*)$/m))
    expect(denial).toMatchObject({
      code: 'gate.tier-too-low',
      peer: { did: callerDid },
      have: { tier: 'known' },
      need: { kind: 'GET /report', minTier: 'trusted' },
      fix: expect.stringContaining(callerDid),
    })

    await stage.vouch(callerDid, 800)
    caller.enter()
    expect(JSON.parse(await caller.says(/^200 (.*)$/m))).toEqual({ report: 42, for: callerDid })

    const guessed = `Bearer ${callerDid}.${randomBytes(32).toString('base64url')}`
    for (const authorization of ['', 'Basic c2VjcmV0', `Bearer ${did}.c2VjcmV0`, guessed]) {
      const response = await fetch(url, { headers: { authorization } })
      expect([response.status, await response.json()]).toMatchObject([401, { code: 'http.no-pass' }])
    }

    await stage.node.revoke(callerDid)
    caller.enter()
    expect(JSON.parse(await caller.says(/^403 (.*gate\.revoked.*)$/m))).toMatchObject({ have: { status: 'revoked' } })
  })
})
