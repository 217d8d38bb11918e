import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { systemClock } from '@trustmesh/identity/node'
import { loadConfig, type PartialConfig, type RunningNode, startNode } from '@trustmesh/mesh-node'
import { beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { readCertificate } from '../../packages/mesh-node/src/tls/certificate.ts'
import { buildProjects, joinRaw, NodeProcess, RawSocket, someone, TestNode, until } from '../e2e/kit.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { hasOpenssl, makeCertificate } from './certificates.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'packages/cli/bin/trustmesh.js')
const DAY_MS = 86_400_000
const openssl = hasOpenssl()

describe('X-Forwarded-For', () => {
  it('P11 is believed of nobody unless told', async () => {
    await using node = await TestNode.start()
    const headers = ['X-Forwarded-For: 203.0.113.9']
    using session = await joinRaw(node.joinFile, someone(), { headers })
    const opened = (await node.audit()).filter(({ did }) => did === session.did)
    expect(opened).toContainEqual(expect.objectContaining({ event: 'session.opened', peer: '127.0.0.1' }))
  })

  it('P11 gives each address behind a proxy its own share, and the proxy none', async () => {
    const limits = { maxUnauthenticatedPerAddress: 2, handshakeTimeoutMs: 60_000 }
    await using node = await TestNode.start({ limits, trustProxy: ['127.0.0.1/32'] })
    const behind = (address: string): Promise<RawSocket> =>
      RawSocket.open(node.url, { headers: [`X-Forwarded-For: 8.8.8.8, ${address}`] })
    const greedy = [await behind('203.0.113.9'), await behind('203.0.113.9')]
    await expect(behind('203.0.113.9')).rejects.toThrow()
    using session = await joinRaw(node.joinFile, someone(), { headers: ['X-Forwarded-For: 203.0.113.10'] })
    const opened = (await node.audit()).filter(({ did }) => did === session.did)
    expect(opened).toContainEqual(expect.objectContaining({ event: 'session.opened', peer: '203.0.113.10' }))
    greedy.pop()?.[Symbol.dispose]()
    using again = await until(() => behind('203.0.113.9').catch(() => null))
    expect(again.isClosed).toBe(false)
    for (const raw of greedy) raw[Symbol.dispose]()
  })

  it('P11 makes no stranger one who asks from this machine', async () => {
    await using node = await TestNode.start()
    const ask = (headers: Record<string, string>): Promise<number> =>
      fetch(`${node.url.replace('ws:', 'http:')}/join.json`, { headers }).then(({ status }) => status)
    expect(await ask({})).toBe(200)
    expect(await ask({ 'x-forwarded-for': '203.0.113.9' })).toBe(426)
  })
})

describe.skipIf(!openssl)(readCertificate, () => {
  it('finds every fault', async () => {
    await using folder = await temporaryFolder()
    await using other = await temporaryFolder()
    await using third = await temporaryFolder()
    const [good, mallory] = await Promise.all([makeCertificate(folder.path), makeCertificate(other.path)])
    const weak = await makeCertificate(third.path, { isWeak: true })
    const now = systemClock.now()
    const faultsOf = async (files: typeof good, atMs: number): Promise<readonly string[]> =>
      (await readCertificate(files, atMs)).faults
    expect(await faultsOf(good, now)).toEqual([])
    expect(await faultsOf(good, now - 2 * DAY_MS)).toEqual(['tls.not-yet-valid'])
    expect(await faultsOf(good, now + 3 * DAY_MS)).toEqual(['tls.expired'])
    expect(await faultsOf({ ...good, key: mallory.key }, now)).toEqual(['tls.key-mismatch'])
    expect(await faultsOf(weak, now)).toEqual(['tls.weak-key'])
    expect(await faultsOf({ ...good, key: join('no', 'such', 'file') }, now)).toEqual(['tls.unreadable'])
    expect(await faultsOf({ cert: good.key, key: good.key }, now)).toEqual(['tls.unreadable'])
  })
})

/** A node with a certificate, and what it has said to its log. */
class TlsNode implements AsyncDisposable {
  readonly running: RunningNode
  readonly ca: Buffer
  readonly logged: readonly string[]
  readonly #folder: AsyncDisposable

  private constructor(running: RunningNode, ca: Buffer, logged: readonly string[], folder: AsyncDisposable) {
    this.running = running
    this.ca = ca
    this.logged = logged
    this.#folder = folder
  }

  static async start(certificates: string, overrides: PartialConfig = {}): Promise<TlsNode> {
    const folder = await temporaryFolder()
    const tls = { cert: join(certificates, 'cert.pem'), key: join(certificates, 'key.pem') }
    const own = { dataDir: join(folder.path, 'node'), joinFile: join(folder.path, 'join.json'), tls }
    const config = await loadConfig({ overrides: { ...own, listen: { port: 0 }, admin: { port: 0 }, ...overrides } })
    const logged: string[] = []
    const log = { info: () => {}, warn: () => {}, error: (_: object, message: string) => void logged.push(message) }
    const running = await startNode(config, { log, passphrase: async () => null })
    return new TlsNode(running, await readFile(tls.cert), logged, folder)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running.stop()
    await this.#folder[Symbol.asyncDispose]()
  }

  /** The serial number of what it serves now. */
  async serial(url: string = this.running.url): Promise<string> {
    const { hostname, port } = new URL(url)
    const socket: TLSSocket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { serialNumber } = socket.getPeerCertificate()
    socket.destroy()
    return serialNumber
  }

  async get(path: string): Promise<string> {
    const token = this.running.newTokens[0]?.token
    const asked = request(`${this.running.adminUrl}${path}`, {
      ca: this.ca,
      headers: { authorization: `Bearer ${token}` },
    })
    asked.end()
    const [response] = await once(asked, 'response')
    return await text(response)
  }
}

describe.skipIf(!openssl)('TLS', () => {
  it('is served to agents and to operators, and nothing else is', async () => {
    await using folder = await temporaryFolder()
    await makeCertificate(folder.path)
    await using node = await TlsNode.start(folder.path)
    const { url, adminUrl } = node.running
    expect([url, adminUrl]).toEqual([expect.stringMatching(/^wss:/), expect.stringMatching(/^https:/)])
    const ws = new WebSocket(url, { ca: node.ca })
    await once(ws, 'open')
    ws.terminate()
    expect(await node.get('/metrics')).toMatch(/^trustmesh_certificate_end_timestamp_seconds \d{10}$/m)
    await expect(fetch(`${adminUrl.replace('https:', 'http:')}/livez`)).rejects.toThrow()
    await expect(RawSocket.open(url)).rejects.toThrow()
    await until(async () => /trustmesh_handshakes_total\{result="socket.tls"\} 1/.test(await node.get('/metrics')))
  })

  it('H12 holds silent sockets to their address’s share, and lets go of those that have gone', async () => {
    await using folder = await temporaryFolder()
    await makeCertificate(folder.path)
    const limits = { maxUnauthenticatedPerAddress: 3, handshakeTimeoutMs: 60_000 }
    await using node = await TlsNode.start(folder.path, { limits })
    const { url } = node.running
    // One does not even begin with TLS, and two end there.
    using silent = await RawSocket.connect(url)
    const { hostname, port } = new URL(url)
    const secured = [0, 1].map(() => connectTls({ host: hostname, port: Number(port), ca: node.ca }))
    await Promise.all(secured.map((socket) => once(socket, 'secureConnect')))
    await expect(node.serial()).rejects.toThrow()
    for (const socket of secured) socket.destroy()
    await until(() => node.serial().catch(() => null))
    expect(silent.isClosed).toBe(false)
  })

  it('takes a new certificate without ending sessions, and refuses a broken one', async () => {
    await using folder = await temporaryFolder()
    await using other = await temporaryFolder()
    const files = await makeCertificate(folder.path)
    await using node = await TlsNode.start(folder.path)
    const first = await node.serial()
    const ws = new WebSocket(node.running.url, { ca: node.ca })
    await once(ws, 'open')

    await makeCertificate(folder.path)
    const second = await until(async () => {
      const serial = await node.serial()
      return serial !== first && serial
    })
    await until(async () => (await node.serial(node.running.adminUrl)) === second)

    const mallory = await makeCertificate(other.path)
    await copyFile(mallory.key, files.key)
    await until(() => node.logged.length > 0)
    await writeFile(files.cert, 'no certificate')
    await until(() => node.logged.length > 1)
    expect([await node.serial(), await node.serial(node.running.adminUrl)]).toEqual([second, second])
    expect(node.logged.every((line) => line.includes('refused'))).toBe(true)
    expect(ws.readyState).toBe(ws.OPEN)

    // Once it is whole again, it is served.
    await copyFile(mallory.cert, files.cert)
    await until(async () => ![first, second].includes(await node.serial()))
    ws.terminate()
  })

  it('does not begin with a certificate that is broken', async () => {
    await using folder = await temporaryFolder()
    await using other = await temporaryFolder()
    const files = await makeCertificate(folder.path)
    await copyFile((await makeCertificate(other.path)).key, files.key)
    await expect(TlsNode.start(folder.path)).rejects.toMatchObject({ code: 'tls.invalid' })
  })
})

describe.skipIf(!openssl)('agents, operators and nodes', () => {
  beforeAll(() => buildProjects('packages/cli'), 180_000)

  const run = async (home: string, env: Record<string, string>, ...args: string[]): Promise<string> => {
    const options = { env: { TRUSTMESH_HOME: home, ...env } }
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], options)
    return stdout.trim()
  }

  it('dial https on the machine of a node, which listens everywhere', async () => {
    await using folder = await temporaryFolder()
    const { cert, key } = await makeCertificate(folder.path)
    const env = { TRUSTMESH_TLS_CERT: cert, TRUSTMESH_TLS_KEY: key, TRUSTMESH_ADMIN_HOST: '0.0.0.0' }
    await using node = await NodeProcess.start({ home: folder.path, env })
    const { url, token } = node.operator
    const operator = { NODE_EXTRA_CA_CERTS: cert, TRUSTMESH_ADMIN_PORT: new URL(url).port, TRUSTMESH_TOKEN: token }
    expect(await run(folder.path, { ...env, ...operator }, 'token', 'list')).toContain('operator')
  })

  it('dial wss, and only where the certificate is good', { timeout: 120_000 }, async () => {
    await using folder = await temporaryFolder()
    const [first, second, third] = ['first', 'second', 'third'].map((name) => join(folder.path, name)) as Three
    const { cert, key } = await makeCertificate(folder.path)
    const tls = { TRUSTMESH_TLS_CERT: cert, TRUSTMESH_TLS_KEY: key }
    await using node = await NodeProcess.start({ home: first, env: tls })
    expect(node.joinFile.url).toMatch(/^wss:/)

    const trusting = { NODE_EXTRA_CA_CERTS: cert }
    const invitation = await run(first, {}, 'invite', '--node')
    await expect(run(third, { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'node', 'join', invitation)).rejects.toThrow()
    await run(second, trusting, 'node', 'join', invitation)
    await using member = await NodeProcess.start({ home: second, env: trusting })
    await until(async () => /^trustmesh_sessions\{purpose="node"\} 1$/m.test(await member.get('/metrics')))

    const agent = `
      import { joinMesh } from '@trustmesh/sdk'
      const log = { info() {}, warn() {} }
      const mesh = await joinMesh({ name: 'alice', join: ${JSON.stringify(node.joinFile)}, log, timeoutMs: 2000 })
      console.log(mesh.did)
      mesh.close()`
    const joined = async (env: Record<string, string>): Promise<string> => {
      const child = spawn(process.execPath, ['--input-type=module', '-'], {
        cwd: join(root, 'test'),
        env: { TRUSTMESH_HOME: second, ...env },
        stdio: ['pipe', 'pipe', 'ignore'],
      })
      child.stdin.end(agent)
      return await text(child.stdout)
    }
    expect(await joined({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toBe('')
    expect(await joined(trusting)).toMatch(/^did:key:z6Mk/)
  })
})

type Three = [string, string, string]
