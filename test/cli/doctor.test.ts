import { once } from 'node:events'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { type Did, generateIdentity, meshIdOf } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { issueMembership, systemTimers, writeMeshFile } from '@trustmesh/mesh-node'
import { API_VERSION } from '@trustmesh/mesh-node/admin'
import { MAX_SKEW_MS } from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../../packages/cli/src/doctor/finding.ts'
import { diskFinding } from '../../packages/cli/src/doctor/machine.ts'
import { LevelStore } from '../../packages/mesh-node/src/store/level.ts'
import { type Answers, reply, StandIn } from './stand-in.ts'
import { Terminal } from './terminal.ts'

const self = generateIdentity(systemRandom).did
const other = generateIdentity(systemRandom).did
const whoami = { name: 'operator', role: 'admin' }

function node(did: Did, more: object = {}): object {
  return { did, isSelf: did === self, isLinked: false, state: 'serving', statements: 1, ageMs: 0, ...more }
}

/** What a node answers that has nothing wrong with it. */
const healthy: Answers = {
  'GET /v1/whoami': whoami,
  'GET /openapi.json': { info: { version: API_VERSION } },
  'GET /readyz': { ok: true },
  'GET /v1/nodes': { items: [node(self)], cursor: null },
}

/** What doctor finds, where a node answers like that, or none does. */
async function examined(
  person: Terminal,
  answers: Answers | null = healthy,
  env: Record<string, string> = {},
): Promise<{ findings: readonly Finding[]; exitCode: number }> {
  await using standIn = await StandIn.open(answers ?? {})
  const nobody = { TRUSTMESH_ADMIN_URL: 'http://127.0.0.1:1', TRUSTMESH_TOKEN: 'x' }
  const free = { TRUSTMESH_LISTEN_PORT: '0', TRUSTMESH_ADMIN_PORT: '0' }
  const { stdout, exitCode } = await person.run(['doctor', '--json'], {
    env: { ...free, ...(answers ? standIn.env : nobody), ...env },
  })
  return { findings: JSON.parse(stdout).data.findings, exitCode }
}

const faultsOf = (findings: readonly Finding[], check: Finding['check']): Finding[] =>
  findings.filter((finding) => finding.check === check && finding.state === 'fault')

describe('doctor', () => {
  it('finds no fault where there is none, and ends with 0', async () => {
    await using person = await Terminal.open()
    const { findings, exitCode } = await examined(person)
    expect([exitCode, findings.filter(({ state }) => state === 'fault')]).toEqual([0, []])
  })

  it('has a command for whatever it finds', async () => {
    await using person = await Terminal.open()
    const { findings } = await examined(person, null)
    const wrong = findings.filter(({ state }) => state !== 'ok')
    expect([wrong.length > 0, wrong.filter(({ fix }) => !fix)]).toEqual([true, []])
  })

  it('finds a key that others may read', async () => {
    await using person = await Terminal.open()
    await person.run(['id', 'new', 'ada'])
    const path = join(person.home, 'agents', 'ada.pem')
    await chmod(path, 0o644)
    const { findings, exitCode } = await examined(person)
    expect([exitCode, faultsOf(findings, 'keys')]).toEqual([6, [expect.objectContaining({ fix: `chmod 600 ${path}` })]])
  })

  it('finds a config that is none, with the line', async () => {
    await using person = await Terminal.open()
    const file = join(person.home, 'node.yaml')
    await writeFile(file, 'listen:\n  prot: 1\n')
    const { findings, exitCode } = await examined(person, healthy, { TRUSTMESH_CONFIG: file })
    expect([exitCode, faultsOf(findings, 'config')]).toEqual([
      6,
      [expect.objectContaining({ detail: expect.stringMatching(/node\.yaml:2/) })],
    ])
  })

  it('finds a port that another program has', async () => {
    await using person = await Terminal.open()
    const program = createServer().listen(0, '127.0.0.1')
    await once(program, 'listening')
    const { port } = program.address() as AddressInfo
    const { findings } = await examined(person, null, { TRUSTMESH_LISTEN_PORT: String(port) })
    program.close()
    expect(faultsOf(findings, 'port')).toEqual([
      expect.objectContaining({ detail: expect.stringContaining(`:${port}`) }),
    ])
  })

  it.runIf(process.platform === 'linux')('finds who holds the store while no node answers', async () => {
    await using person = await Terminal.open()
    const directory = join(person.home, 'node')
    await mkdir(directory)
    const store = await LevelStore.open({ directory, random: systemRandom, timers: systemTimers, alarm: () => {} })
    const held = faultsOf((await examined(person, null)).findings, 'store')
    await store.close()
    expect(held).toEqual([expect.objectContaining({ detail: expect.stringContaining(`process ${process.pid} `) })])
    expect(faultsOf((await examined(person, null)).findings, 'store')).toEqual([])
  })

  it('finds a disk that is nearly full', () => {
    const states = [10_000, 300, 10].map((mib) => diskFinding('/data', mib * 1024 * 1024).state)
    expect(states).toEqual(['ok', 'warning', 'fault'])
  })

  it('finds that the membership of the node has ended', async () => {
    await using person = await Terminal.open()
    const [root, authority] = [generateIdentity(systemRandom), generateIdentity(systemRandom)]
    const net = meshIdOf(root.did)
    const longAgo = { ...systemClock, now: () => systemClock.now() - 400 * 86_400_000 }
    const chain = await issueMembership({ root, authority, node: self }, { net, clock: longAgo, random: systemRandom })
    const mesh = { net, root: root.did, authorities: [authority.did], threshold: 1, admission: 'open' } as const
    await writeMeshFile(join(person.home, 'node'), { name: '', mesh, chain, peers: [] })
    const { findings } = await examined(person)
    expect(faultsOf(findings, 'mesh')).toEqual([
      expect.objectContaining({ fix: expect.stringContaining('trustmesh node renew') }),
    ])
  })

  it('finds that no node answers, and that one lets nobody in', async () => {
    await using person = await Terminal.open()
    const [silent] = faultsOf((await examined(person, null)).findings, 'api')
    expect(silent?.fix).toBe('trustmesh up')
    const refusing = (_: IncomingMessage, response: ServerResponse) =>
      reply(response, 401, { type: 'about:blank', title: 'No', status: 401, code: 'admin.unauthenticated' })
    const [refused] = faultsOf((await examined(person, { ...healthy, 'GET /v1/whoami': refusing })).findings, 'api')
    expect(refused?.fix).toBe('trustmesh login')
  })

  it.each([1, -1])('finds a clock that is too far off (%i)', async (sign) => {
    await using person = await Terminal.open()
    const wrong = (_: IncomingMessage, response: ServerResponse) =>
      reply(response, 200, whoami, { date: new Date(Date.now() + sign * 2 * MAX_SKEW_MS).toUTCString() })
    const { findings } = await examined(person, { ...healthy, 'GET /v1/whoami': wrong })
    expect(faultsOf(findings, 'clock')).toEqual([
      expect.objectContaining({ detail: expect.stringContaining(sign > 0 ? 'ahead' : 'behind') }),
    ])
  })

  it('finds a node of another version', async () => {
    await using person = await Terminal.open()
    const { findings } = await examined(person, { ...healthy, 'GET /openapi.json': { info: { version: '99.0.0' } } })
    expect(faultsOf(findings, 'version')).toHaveLength(1)
  })

  it('finds what keeps a node from being ready', async () => {
    await using person = await Terminal.open()
    const checks = [{ name: 'store', ok: false, detail: 'it cannot be written' }]
    const problem = { type: 'about:blank', title: 'No', status: 503, code: 'admin.not-ready', checks }
    const { findings } = await examined(person, {
      ...healthy,
      'GET /readyz': (_, response) => reply(response, 503, problem),
    })
    expect(faultsOf(findings, 'ready')).toEqual([
      expect.objectContaining({ detail: expect.stringContaining('store: it cannot be written') }),
    ])
  })

  it('finds a node that is linked with no other, and whom it has not heard for long', async () => {
    await using person = await Terminal.open()
    const nodes = { items: [node(self), node(other, { ageMs: 600_000 })], cursor: null }
    const { findings, exitCode } = await examined(person, { ...healthy, 'GET /v1/nodes': nodes })
    expect([exitCode, faultsOf(findings, 'peers').length]).toEqual([6, 1])
    expect(faultsOf(findings, 'staleness')).toEqual([
      expect.objectContaining({ detail: expect.stringContaining('600 s') }),
    ])
  })
})
