import { writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { generateIdentity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { describe, expect, it } from 'vitest'
import { EXIT } from '../../packages/cli/src/exit-codes.ts'
import { refuse, reply, StandIn } from './stand-in.ts'
import { Terminal } from './terminal.ts'

const { did } = generateIdentity(systemRandom)
const args = ['agents', 'show', did]

describe('what a command ends with', () => {
  it('has a number for each outcome, and no two for one', () => {
    expect(EXIT).toEqual({
      ...{ ok: 0, failure: 1, usage: 2, notFound: 3 },
      ...{ denied: 4, unreachable: 5, checkFailed: 6, partlyApplied: 7 },
    })
  })

  it.each([
    [400, 'admin.invalid-query', EXIT.usage],
    [401, 'admin.unauthenticated', EXIT.denied],
    [403, 'admin.forbidden', EXIT.denied],
    [404, 'admin.not-found', EXIT.notFound],
    [409, 'admin.no-authority', EXIT.failure],
    [421, 'admin.host', EXIT.denied],
    [500, 'admin.failed', EXIT.failure],
    [503, 'audit.unavailable', EXIT.failure],
  ])('follows from a refusal with %i %s', async (status, code, exitCode) => {
    await using person = await Terminal.open()
    await using node = await StandIn.open({
      [`GET /v1/agents/${encodeURIComponent(did)}`]: (_, response) => refuse(response, status, code),
    })
    const { stdout, exitCode: ended } = await person.run([...args, '--json'], { env: node.env })
    expect(JSON.parse(stdout).error).toMatchObject({ code, exitCode })
    expect(ended).toBe(exitCode)
  })

  it('is 5 where nobody listens, where it takes too long, and where what answers is something else', async () => {
    await using person = await Terminal.open()
    const nobody = { TRUSTMESH_ADMIN_URL: 'http://127.0.0.1:1', TRUSTMESH_TOKEN: 'x' }
    expect(await person.run(args, { env: nobody })).toMatchObject({ exitCode: EXIT.unreachable })
    const begun = (_: unknown, response: ServerResponse) => void response.writeHead(200).write('{"did":')
    for (const answer of [() => {}, begun]) {
      await using slow = await StandIn.open({ [`GET /v1/agents/${encodeURIComponent(did)}`]: answer })
      const late = await person.run([...args, '--timeout', '1s', '--json'], { env: slow.env })
      expect([late.exitCode, JSON.parse(late.stdout).error.code]).toEqual([EXIT.unreachable, 'cli.timeout'])
    }
    await using other = await StandIn.open({
      [`GET /v1/agents/${encodeURIComponent(did)}`]: (_, response) => reply(response, 200, { hello: 'you' }),
    })
    expect(await person.run(args, { env: other.env })).toMatchObject({ exitCode: EXIT.unreachable })
  })

  it('is 4 where there is nothing to sign in with', async () => {
    await using person = await Terminal.open()
    await using node = await StandIn.open({})
    const env = { TRUSTMESH_ADMIN_URL: node.url }
    const { exitCode, stdout } = await person.run([...args, '--json'], { env })
    expect([exitCode, JSON.parse(stdout).error]).toEqual([
      EXIT.denied,
      expect.objectContaining({ code: 'cli.no-credential', fix: 'trustmesh login' }),
    ])
    expect(node.asked).toEqual([])
  })

  it('is 4 where a gate says no, with why and what would turn it', async () => {
    await using person = await Terminal.open()
    const standing = { did, ctx: '', status: 'active', score: 300, tier: 'probation', confidence: 0, epoch: 1 }
    await using node = await StandIn.open({ [`GET /v1/agents/${encodeURIComponent(did)}/standing`]: standing })
    const { exitCode, stdout } = await person.run(['can', did, 'task'], { env: node.env })
    expect(exitCode).toBe(EXIT.denied)
    expect(stdout).toMatch(
      /^✗ gate\.tier-too-low .*probation \(300\), task needs trusted \(600\)\n {2}why {3}.+\n {2}fix {3}.+\n$/,
    )
  })

  it('is 6 where a config is no config, which says the line', async () => {
    await using person = await Terminal.open()
    const file = `${person.home}/node.yaml`
    await writeFile(file, 'listen:\n  host: 127.0.0.1\n  port: many\n')
    const { exitCode, stdout } = await person.run(['config', 'validate', file])
    expect([exitCode, stdout]).toEqual([EXIT.checkFailed, expect.stringMatching(/node\.yaml:3:\d+: listen\.port/)])
  })

  it('is 7 while a node has not confirmed, and 0 for who does not wait', async () => {
    await using person = await Terminal.open()
    const other = generateIdentity(systemRandom).did
    const operation = {
      id: '0'.repeat(32),
      order: { verb: 'revoke', targets: [{ did }], reason: 'a test' },
      ...{ by: 'operator', state: 'in-force', requestedAt: 1, inForceAt: 2, durable: true, reach: 1 },
      items: [{ target: { did }, created: true, sessionsClosed: 1 }],
      nodes: [
        { node: did, state: 'confirmed', confirmedAt: 2 },
        { node: other, state: 'pending' },
      ],
    }
    await using node = await StandIn.open({
      'POST /v1/revocations': (_, response) => reply(response, 201, operation),
      [`GET /v1/operations/${operation.id}`]: operation,
    })
    const revoke = ['revoke', did, '--reason', 'a test', '--timeout', '1s']
    expect(await person.run(revoke, { env: node.env })).toMatchObject({ exitCode: EXIT.ok })
    const waited = await person.run([...revoke, '--wait'], { env: node.env })
    expect(waited.exitCode).toBe(EXIT.partlyApplied)
    expect(waited.stdout).toContain('confirmed by 1 of 2 nodes')
  })
})
