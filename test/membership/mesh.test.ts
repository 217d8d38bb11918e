import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type JoinOptions, joinMesh } from '@trustmesh/sdk'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildProgram, type Data, Machine } from '../cli/program.ts'
import { someone, until } from '../e2e/kit.ts'
import { freePort } from '../free-port.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const log = { info: () => {}, warn: () => {} }
const quick = { log, backoff: { baseMs: 20, capMs: 100 } }

/** A script of the shell, which ends with the block, with all that it has started. */
class Script implements AsyncDisposable {
  readonly lines: AsyncIterable<string>
  readonly #shell: ChildProcess

  constructor(text: string, env: NodeJS.ProcessEnv) {
    const { PATH, HOME } = process.env
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    const shell = spawn('bash', ['-c', text], {
      cwd: root,
      env: { PATH, HOME, ...env },
      stdio: [...stdio],
      detached: true,
    })
    this.#shell = shell
    this.lines = createInterface({ input: shell.stdout })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode, pid } = this.#shell
    if (exitCode !== null || signalCode !== null || pid === undefined) return
    const closed = once(this.#shell, 'close')
    process.kill(-pid, 'SIGTERM')
    await closed
  }
}

const joinFileOf = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'))
const join = (name: string, options: JoinOptions) => joinMesh({ name, identity: someone(), ...quick, ...options })

beforeAll(buildProgram, 180_000)

describe('docs/guides/mesh.md', () => {
  it('starts three nodes in four lines, of one mesh: messages cross it, and so do revocations', {
    timeout: 180_000,
  }, async () => {
    const guide = await readFile(`${root}docs/guides/mesh.md`, 'utf8')
    const [, commands = ''] = /```sh\n([^`]*)```/.exec(guide) ?? []
    expect(commands.match(/^on \w+ \d+ .*$/gm)).toHaveLength(4)
    const ports = await Promise.all(Array.from({ length: 6 }, freePort))
    // Each node's admin port is the one after its own.
    const script = [4210, 4220, 4230].reduce((text, port, i) => {
      return text.replaceAll(String(port), String(ports[i])).replaceAll(`$(($2 + 1))`, '0')
    }, commands)
    await using folder = await temporaryFolder()
    await using shell = new Script(`${script.replaceAll(' up &', ' up --json &')}\nwait`, { MESH: folder.path })
    const said: Data[] = []
    for await (const line of shell.lines) {
      if (line.startsWith('{')) said.push(JSON.parse(line).data)
      if (said.length === 3) break
    }
    const joinFileAt = (name: string): Promise<unknown> =>
      joinFileOf(said.find(({ joinFile }) => joinFile.includes(`/${name}/`)).joinFile)
    await using one = new Machine(`${folder.path}/one`)
    await until(async () => {
      const { items } = (await one.json('node', 'list')).data
      return items.length === 3 && items.every(({ isSelf, state }: Data) => isSelf || state === 'serving')
    })
    await using alice = await join('alice', { join: await joinFileAt('two') })
    await using mallory = await join('mallory', { join: await joinFileAt('three') })
    alice.on('greeting', {}, () => 'hello')
    // That alice does not know mallory is an answer of alice's, from another node.
    const codeOfAsking = (): Promise<unknown> => mallory.request(alice.did, 'greeting').catch(({ code }) => code)
    await until(async () => (await codeOfAsking()) === 'request.denied')
    expect(await one.json('revoke', mallory.did, '--reason', 'a test')).toMatchObject({ exitCode: 0 })
    expect(await mallory.closed()).toBe('revoked')
  })
})

describe('invitations', () => {
  it('F1 make no member of whoever has a token that was used, or no folder for it', { timeout: 180_000 }, async () => {
    await using folder = await temporaryFolder()
    const [one, two, three] = ['one', 'two', 'three'].map((name) => new Machine(`${folder.path}/${name}`)) as Three
    await using _node = one
    const codeAt = async (machine: Machine, ...args: readonly string[]): Promise<string> =>
      (await machine.json(...args)).data.code
    const tokenOf = async (...args: readonly string[]): Promise<string> =>
      (await one.json('invite', ...args)).data.token

    expect(await codeAt(one, 'init')).toBe('mesh.root-key')
    await one.json('init', '--plain-root', '--admission', 'invited')
    const { first } = await one.begin('up')
    const token = await tokenOf('--node')
    expect(token.length).toBeLessThan(1024)
    expect(await two.json('node', 'join', token)).toMatchObject({ exitCode: 0 })
    expect(await codeAt(two, 'node', 'join', token)).toBe('mesh.exists')
    expect(await codeAt(three, 'node', 'join', token)).toBe('mesh.not-joined')
    expect(await three.json('node', 'join', `${token}A`)).toMatchObject({
      exitCode: 2,
      data: { code: 'invitation.malformed' },
    })

    const stranger = join('mallory', { join: await joinFileOf(first.joinFile), timeoutMs: 500 })
    await expect(stranger).rejects.toMatchObject({ code: 'mesh.disconnected' })
    await expect(join('mallory', { invitation: token, timeoutMs: 500 })).rejects.toMatchObject({
      code: 'mesh.disconnected',
    })
    const identity = someone()
    const invitation = await tokenOf('--agent', '--ttl', '5m')
    await using invited = await join('alice', { invitation, identity })
    expect(invited.did).toBe(identity.did)
    invited.close()
    await using again = await join('alice', { join: await joinFileOf(first.joinFile), identity })
    expect(again.did).toBe(identity.did)
  })
})

type Three = [Machine, Machine, Machine]
