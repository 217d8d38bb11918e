import { beforeAll, describe, expect, it } from 'vitest'
import { buildExamples, Stage } from './stage.ts'

describe('examples/hello', () => {
  beforeAll(buildExamples, 180_000)

  it('turns a visitor away with the fix, and greets it once that is done', async () => {
    await using stage = await Stage.open()
    const greeter = stage.start('hello/dist/greeter.js')
    const did = await greeter.did()

    const stranger = await stage.run('hello/dist/visitor.js', did)
    const visitor = await stranger.did()
    expect(await stranger.ended).toBe(1)
    expect(stranger.stdout).toContain('denied: gate.tier-too-low')
    expect(stranger.stdout).toMatch(new RegExp(`fix .* attests ${visitor} with value \\d+`))
    await greeter.says(new RegExp(`turned away ${visitor}: gate.tier-too-low`))

    await stage.vouch(visitor)
    const guest = await stage.run('hello/dist/visitor.js', did)
    expect(guest.stdout).toContain(`Hello visitor! I know you as ${visitor}`)
    expect(await guest.ended).toBe(0)
  })
})
