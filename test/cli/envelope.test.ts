import { generateIdentity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { describe, expect, it } from 'vitest'
import { API_VERSION } from '../../packages/cli/src/output.ts'
import { StandIn } from './stand-in.ts'
import { Terminal } from './terminal.ts'

describe('what a command prints', () => {
  it('is one envelope of a version with --json, on stdout alone', async () => {
    await using person = await Terminal.open()
    const { stdout, stderr, exitCode } = await person.run(['id', 'show', '--json'])
    expect(JSON.parse(stdout)).toEqual({ apiVersion: API_VERSION, kind: 'PetnameList', data: { items: [] } })
    expect([stdout.split('\n').length, stderr, exitCode]).toEqual([2, '', 0])
  })

  it('is an envelope where it fails as well, with the code, what would mend it, and the number that it ends with', async () => {
    await using person = await Terminal.open()
    expect(await person.json('id', 'petname', 'bob', '--forget')).toEqual({
      apiVersion: API_VERSION,
      kind: 'Error',
      error: expect.objectContaining({ code: 'cli.not-found', exitCode: 3 }),
      exitCode: 3,
    })
  })

  it.each([['nonsense'], ['revoke'], ['id', 'new'], ['agents', '--limit', 'x'], ['--timeout', 'soon', 'agents']])(
    'is an envelope of a usage that is wrong: %s',
    async (...args) => {
      await using person = await Terminal.open()
      expect(await person.json(...args)).toMatchObject({ kind: 'Error', error: { code: 'cli.usage' }, exitCode: 2 })
    },
  )

  it('has failures on stderr for people, and nothing on stdout', async () => {
    await using person = await Terminal.open()
    const { stdout, stderr, exitCode } = await person.run(['id', 'show', 'nobody-here'])
    expect([stdout, exitCode]).toEqual(['', 3])
    expect(stderr).toMatch(/^✗ cli\.not-found .*\n {2}fix {3}trustmesh id petname/)
  })

  it('has colours on a terminal only, and none with NO_COLOR', async () => {
    await using person = await Terminal.open()
    const { did } = generateIdentity(systemRandom)
    const args = ['id', 'petname', 'bob', did]
    const colored = '\u001b['
    expect((await person.run(args, { isTTY: true })).stdout).toContain(colored)
    expect((await person.run(args, { isTTY: true, env: { NO_COLOR: '1' } })).stdout).not.toContain(colored)
    expect((await person.run(args)).stdout).not.toContain(colored)
  })

  it('A7 shows nothing that an agent could command a terminal with, or forge a line with', async () => {
    await using person = await Terminal.open()
    const { did } = generateIdentity(systemRandom)
    const name = 'bob\u001b]0;owned\u0007\n\u202eevil'
    const agent = {
      did,
      name,
      status: 'active',
      score: 300,
      tier: 'probation',
      confidence: 0,
      connected: true,
      sessions: 1,
    }
    await using node = await StandIn.open({ 'GET /v1/agents': { items: [agent], cursor: null } })
    const { stdout, exitCode } = await person.run(['agents'], { env: node.env })
    expect([exitCode, stdout.trimEnd().split('\n').length]).toEqual([0, 2])
    expect(stdout).toMatch(/bob�.*�.*evil/)
    expect(['\u001b', '\u0007', '\u202e'].filter((forbidden) => stdout.includes(forbidden))).toEqual([])
  })
})
