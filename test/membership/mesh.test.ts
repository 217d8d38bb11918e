import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type JoinOptions, joinMesh } from '@trustmesh/sdk'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildNode, someone, until } from '../e2e/kit.ts'
import { freePort } from '../free-port.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = `${root}packages/mesh-node/bin/trustmesh-node.js`
const log = { info: () => {}, warn: () => {} }
const quick = { log, backoff: { baseMs: 20, capMs: 100 } }

interface Announcement {
  readonly url: string
  readonly admin: string
  readonly did: string
  readonly joinFile: string
  readonly tokens: { readonly operator: string }
}

/** Processes that end with the block, with all that they have started. */
class Processes implements AsyncDisposable {
  readonly #children: ChildProcess[] = []

  start(command: string, args: readonly string[], env: NodeJS.ProcessEnv): AsyncIterable<string> {
    const child = spawn(command, args, {
      cwd: root,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    })
    this.#children.push(child)
    return createInterface({ input: child.stdout })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      const closed = child.exitCode === null && child.signalCode === null ? once(child, 'close') : undefined
      if (closed && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
      await closed
    }
  }
}

async function nextOf(lines: AsyncIterator<string>): Promise<string> {
  const { value } = await lines.next()
  return value as string
}

const run = async (args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { cwd: root, env })
  return stdout.trim()
}
const codeOf = (ran: Promise<unknown>): Promise<unknown> =>
  ran.then(
    () => 0,
    ({ code, stderr }) => `${code} ${/(mesh|config)\.[a-z-]+/.exec(stderr)?.[0]}`,
  )
const joinFileOf = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'))
const join = (name: string, options: JoinOptions) => joinMesh({ name, identity: someone(), ...quick, ...options })

beforeAll(buildNode, 120_000)

describe('docs/guides/mesh.md', () => {
  it('starts three nodes in five commands, of one mesh: messages cross it, and so do revocations', {
    timeout: 180_000,
  }, async () => {
    const guide = await readFile(`${root}docs/guides/mesh.md`, 'utf8')
    const [, commands = ''] = /```sh\n([^`]*)```/.exec(guide) ?? []
    expect(commands.split('\n').filter((line) => line.startsWith('node_in ') && !line.includes('{'))).toHaveLength(4)
    const ports = await Promise.all(Array.from({ length: 6 }, freePort))
    // Each node's admin port is the one after its own.
    const script = [4210, 4220, 4230].reduce((text, port, i) => {
      return text.replaceAll(String(port), String(ports[i])).replaceAll(`$(($2 + 1))`, '0')
    }, commands)
    await using folder = await temporaryFolder()
    await using processes = new Processes()
    const said: Announcement[] = []
    const lines = processes.start('bash', ['-c', script], { MESH: folder.path })[Symbol.asyncIterator]()
    while (said.length < 3) {
      const line = JSON.parse(await nextOf(lines))
      if ('admin' in line) said.push(line)
    }
    const isReady = async ({ admin, tokens: { operator } }: Announcement): Promise<boolean> =>
      (await fetch(`${admin}/readyz`, { headers: { authorization: `Bearer ${operator}` } })).ok
    await until(async () => (await Promise.all(said.map(isReady))).every(Boolean))
    const at = (name: string): Announcement => {
      return said.find(({ joinFile }) => joinFile.includes(`/${name}/`)) as Announcement
    }
    await using alice = await join('alice', { join: await joinFileOf(at('two').joinFile) })
    await using mallory = await join('mallory', { join: await joinFileOf(at('three').joinFile) })
    alice.on('greeting', {}, () => 'hello')
    // That alice does not know mallory is an answer of alice's, from another node.
    const codeOfAsking = (): Promise<unknown> => mallory.request(alice.did, 'greeting').catch(({ code }) => code)
    await until(async () => (await codeOfAsking()) === 'request.denied')
    const { admin, tokens } = at('one')
    const revoked = await fetch(`${admin}/v1/revocations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.operator}`, 'content-type': 'application/json' },
      body: JSON.stringify({ did: mallory.did, reason: 'test' }),
    })
    expect(revoked.ok).toBe(true)
    expect(await mallory.closed()).toBe('revoked')
  })
})

describe('trustmesh-node', () => {
  it('F1 makes no member of whoever has a token that was used, or no folder for it', { timeout: 180_000 }, async () => {
    await using folder = await temporaryFolder()
    await using processes = new Processes()
    const home = (name: string) => ({
      TRUSTMESH_HOME: `${folder.path}/${name}`,
      ...{ TRUSTMESH_LISTEN_PORT: '0', TRUSTMESH_ADMIN_PORT: '0' },
    })
    expect(await codeOf(run(['init'], home('one')))).toBe('2 mesh.root-key')
    await run(['init', '--plain-root', '--admission', 'invited'], home('one'))
    expect(await codeOf(run(['init', '--plain-root'], home('one')))).toBe('2 mesh.exists')
    const one = JSON.parse(
      await nextOf(processes.start(process.execPath, [program], home('one'))[Symbol.asyncIterator]()),
    )
    const token = await run(['invite', '--node'], home('one'))
    expect(token.length).toBeLessThan(1024)
    await run(['join', token], home('two'))
    expect(await codeOf(run(['join', token], home('two')))).toBe('2 mesh.exists')
    expect(await codeOf(run(['join', token], home('three')))).toBe('2 mesh.not-joined')
    expect(await codeOf(run(['join', `${token}A`], home('three')))).toMatch(/^2 /)
    expect(await codeOf(run(['invite', '--node'], home('three')))).toBe('2 mesh.malformed')

    const stranger = join('mallory', { join: await joinFileOf(one.joinFile), timeoutMs: 500 })
    await expect(stranger).rejects.toMatchObject({ code: 'mesh.disconnected' })
    await expect(join('mallory', { invitation: token, timeoutMs: 500 })).rejects.toMatchObject({
      code: 'mesh.disconnected',
    })
    const identity = someone()
    const invitation = await run(['invite', '--agent', '--ttl', '5m'], home('one'))
    await using invited = await join('alice', { invitation, identity })
    expect(invited.did).toBe(identity.did)
    invited.close()
    await using again = await join('alice', { join: await joinFileOf(one.joinFile), identity })
    expect(again.did).toBe(identity.did)
  })
})
