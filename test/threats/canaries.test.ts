import { once } from 'node:events'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join as joinPath } from 'node:path'
import {
  encode,
  generateIdentity,
  type Identity,
  keyOf,
  loadOrCreate,
  meshIdOf,
  sealStatement,
  toBase64url,
} from '@trustmesh/identity'
import { FileKeystore, systemClock, systemRandom } from '@trustmesh/identity/node'
import { issueDelegation, issueInvocation, issueManifest, parseDelegation } from '@trustmesh/trust'
import { beforeAll, describe, expect, it } from 'vitest'
import { foundMesh } from '../../packages/mesh-node/src/membership/found-mesh.ts'
import { buildNode, join, joinRaw, NodeProcess, RawSocket, someone, until } from '../e2e/kit.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { Receiver } from '../webhooks/receiver.ts'

const issuance = { clock: systemClock, random: systemRandom }

/** What was planted, and where. */
class Secrets {
  readonly #planted = new Map<string, Uint8Array>()

  get size(): number {
    return this.#planted.size
  }

  /** A new one, of letters and digits that stand nowhere else. */
  text(where: string): string {
    return this.plant(where, `canary${Buffer.from(systemRandom(9)).toString('hex')}`)
  }

  /** One that somebody else has made. */
  plant(where: string, secret: string): string {
    this.bytes(where, Buffer.from(secret))
    return secret
  }

  bytes(where: string, secret: Uint8Array): void {
    if (this.#planted.has(where)) throw new Error(`there is one already: ${where}`)
    this.#planted.set(where, secret)
  }

  /** Where those came from that are in a text, in any form. */
  leakedIn(text: string): string[] {
    return [...this.#planted]
      .filter(([, secret]) => formsOf(secret).some((form) => text.includes(form)))
      .map(([where]) => where)
  }
}

/** As it is, in hexadecimal, base58, base64 and base64url at each place where three bytes may begin, and as a list of numbers. */
function formsOf(secret: Uint8Array): string[] {
  const bytes = Buffer.from(secret)
  const inBase64 = [0, 1, 2].flatMap((offset) => {
    const whole = bytes.subarray(offset, offset + Math.floor((bytes.length - offset) / 3) * 3)
    return [whole.toString('base64'), whole.toString('base64url')]
  })
  return [bytes.toString('latin1'), bytes.toString('hex'), base58(bytes), [...bytes].join(','), ...inBase64]
}

function base58(bytes: Uint8Array): string {
  const digits = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
  let text = ''
  for (let n = BigInt(`0x${Buffer.from(bytes).toString('hex')}`); n > 0n; n /= 58n)
    text = digits[Number(n % 58n)] + text
  return text
}

/** Everything that is in the files of a folder and those below it. */
async function contentOf(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const contents = files
    .filter((file) => file.isFile())
    .map((file) => readFile(joinPath(file.parentPath, file.name), 'latin1'))
  return (await Promise.all(contents)).join('\n')
}

/** A folder with a mesh in it, of which every key is known. */
async function found(home: string, passphrase: string, secrets: Secrets): Promise<Identity> {
  const seeds: Uint8Array[] = []
  const random = (length: number): Uint8Array => {
    const bytes = systemRandom(length)
    if (length === 32) seeds.push(bytes)
    return bytes
  }
  const dataDir = joinPath(home, 'node')
  const keystore = new FileKeystore({
    directory: joinPath(dataDir, 'keys'),
    random,
    passphrase: async () => passphrase,
    warn: () => {},
    scryptLogN: 10,
  })
  await foundMesh({ dataDir, keystore, rootKeystore: keystore, name: '', admission: 'open', issuance })
  for (const name of ['log', 'witness']) await loadOrCreate(keystore, name)
  for (const [n, seed] of seeds.entries()) secrets.bytes(`private key ${n}`, seed)
  return (await keystore.load('root')) as Identity
}

/** What whoever makes something is told of it, some of this each. */
interface Made {
  readonly id: string
  readonly token: string
  readonly secret: string
  readonly invitation: string
  readonly challenge: string
}

/** The operator's side of a node, which remembers all that was refused. */
class Operator {
  readonly refusals: string[] = []
  readonly #url: string
  readonly #token: string

  constructor({ url, token }: { readonly url: string; readonly token: string }) {
    this.#url = url
    this.#token = token
  }

  /** The text of the answer. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) this.refusals.push(`${response.status} ${JSON.stringify([...response.headers])} ${text}`)
    return text
  }

  async make(path: string, body: object): Promise<Made> {
    const text = await this.call('POST', path, body)
    if (this.refusals.length > 0) throw new Error(this.refusals[0])
    return JSON.parse(text) as Made
  }

  /** For what `fetch` would not send. */
  async raw(request: string): Promise<void> {
    using socket = await RawSocket.connect(this.#url)
    let text = ''
    socket.tcp.on('data', (bytes) => {
      text += bytes
    })
    socket.tcp.end(request)
    await once(socket.tcp, 'close')
    this.refusals.push(text)
  }

  /** The stream of events, until the node ends it. */
  async watch(): Promise<() => string> {
    const headers = { authorization: `Bearer ${this.#token}`, 'last-event-id': '0' }
    const { body } = await fetch(`${this.#url}/v1/events`, { headers })
    let text = ''
    void (async () => {
      for await (const bytes of body ?? []) text += Buffer.from(bytes).toString('latin1')
    })().catch(() => {})
    return () => text
  }
}

describe('a secret', () => {
  beforeAll(buildNode, 180_000)

  it('A9 is in no log, no error, no audit, no metric, no event and no webhook, wherever it was planted', async () => {
    const secrets = new Secrets()
    await using folder = await temporaryFolder()
    const passphrase = secrets.text('passphrase')
    const root = await found(folder.path, passphrase, secrets)
    const env = {
      TRUSTMESH_PASSPHRASE: passphrase,
      TRUSTMESH_WEBHOOKS_ALLOW_LOOPBACK: 'true',
      TRUSTMESH_LOG_LEVEL: 'debug',
    }
    await using node = await NodeProcess.start({ home: folder.path, env })
    secrets.plant('first token', node.operator.token)
    const operator = new Operator(node.operator)
    const watched = await operator.watch()
    const secret = (where: string): string => secrets.text(where)

    // What a node makes itself, and shows once.
    for (const role of ['viewer', 'operator', 'admin']) {
      secrets.plant(`token of a ${role}`, (await operator.make('/v1/tokens', { name: `a-${role}`, role })).token)
    }
    for (const guest of ['agent', 'node']) {
      const { invitation } = await operator.make('/v1/invitations', { guest, ttlMs: 60_000 })
      secrets.plant(`invitation of ${guest}s`, invitation)
    }
    await using well = await Receiver.start()
    await using telling = await Receiver.start({
      answer: (_, response) => {
        const location = `http://127.0.0.1:9/${secret('redirect of a receiver')}`
        response
          .writeHead(302, { location, 'x-more': secret('header of a receiver') })
          .end(secret('answer of a receiver'))
        telling.answer = (_, response) => response.writeHead(204).end()
      },
    })
    for (const [receiver, where] of [
      [well, 'well'],
      [telling, 'telling'],
    ] as const) {
      const url = `${receiver.url}/${secret(`path of ${where}`)}?key=${secret(`query of ${where}`)}`
      const webhook = await operator.make('/v1/webhooks', { url, severity: 'info' })
      secrets.plant(`secret of ${where}`, webhook.secret)
      await operator.call('POST', `/v1/webhooks/${webhook.id}/test`, {})
      const deliveries = await operator.call('GET', `/v1/webhooks/${webhook.id}/deliveries`)
      expect(deliveries).toContain('webhook.tested')
      expect(secrets.leakedIn(deliveries)).toEqual([])
    }
    expect(secrets.leakedIn(await operator.call('GET', '/v1/webhooks'))).toEqual([])
    secrets.plant('login', (await signIn(operator, node, root)).token)

    // What operators get wrong.
    const { did } = someone()
    const post = (path: string, body: unknown, headers = {}): Promise<unknown> =>
      operator.call('POST', path, body, headers)
    const get = (path: string, headers = {}): Promise<unknown> => operator.call('GET', path, undefined, headers)
    await get('/v1/agents', { authorization: `Bearer ${secret('wrong token')}` })
    await get('/v1/agents', { authorization: `Bearer tmop_${secret('token of the right shape')}${'a'.repeat(19)}` })
    await get('/v1/agents', { authorization: `Basic ${secret('basic credentials')}`, cookie: secret('cookie') })
    await get('/v1/agents', { origin: `https://${secret('origin')}.example` })
    await get(`/v1/${secret('path')}`)
    await get(`/v1/agents/${secret('parameter')}`)
    await get(`/v1/agents?${secret('name of a query')}=${secret('value of a query')}`)
    await get(`/v1/agents?cursor=${secret('cursor')}`)
    await get('/v1/events', { 'last-event-id': secret('last event') })
    await post('/v1/revocations', { did, reason: 'x', [secret('name of a field')]: secret('value of a field') })
    await post('/v1/revocations', { did: secret('did'), reason: 'x' })
    await post('/v1/revocations', { did, reason: `\u001b${secret('reason with an escape')}` })
    await post('/v1/revocations', `{"did": ${secret('broken body')}`)
    await post('/v1/revocations', { did, reason: 'x' }, { 'content-type': secret('media type') })
    await post('/v1/revocations', { did, reason: 'x' }, { 'idempotency-key': `${secret('idempotency key')} ` })
    await post('/v1/statements', { statement: toBase64url(Buffer.from(secret('statement'))) })
    await post('/v1/tokens', { name: `\r\n${secret('name of a token')}`, role: 'viewer' })
    await post('/v1/invitations', {
      guest: 'agent',
      ttlMs: 60_000,
      url: `wss://${secret('user')}@x#${secret('fragment')}`,
    })
    await post('/v1/webhooks', { url: `https://${secret('user of a URL')}:${secret('password of a URL')}@127.0.0.1/` })
    await post('/v1/login', { did, chain: [secret('chain')], invocation: secret('invocation') })
    await operator.raw(`GET /livez HTTP/1.1\r\nHost: ${secret('host')}\r\nConnection: close\r\n\r\n`)
    await operator.raw(`${secret('method')} / HTTP/1.1\r\n\r\n`)
    await operator.raw(`GET / HTTP/1.1\r\n${secret('broken header')}\r\n\r\n`)
    // A handler that fails for reasons of its own, with something in its hands.
    await rm(joinPath(folder.path, 'node', 'webhooks.json'))
    await mkdir(joinPath(folder.path, 'node', 'webhooks.json'))
    await post('/v1/webhooks', { url: `http://127.0.0.1:9/${secret('request that fails')}` })
    expect(operator.refusals.some((refusal) => refusal.startsWith('500 '))).toBe(true)

    // What an operator says to others, who see it; and agents to each other, where nobody does.
    await post('/v1/suspensions', { did, ttlMs: 60_000, reason: secret('reason') })
    await using alice = await join(node.joinFile, secret('name of an agent'))
    await using bob = await join(node.joinFile, 'bob')
    {
      await using ada = await join(node.joinFile, 'ada', { identity: root })
      for (const { did } of [alice, bob]) await ada.attest(did, { value: 800 })
    }
    alice.on('task', { minTier: 'known' }, () => {
      throw new Error(secret('error of a handler'))
    })
    alice.on('ask', { minTier: 'known' }, () => secret('answer'))
    await bob.request(alice.did, 'ask', { text: secret('question') })
    await expect(bob.request(alice.did, 'task', secret('task'))).rejects.toMatchObject({ code: 'request.failed' })
    await expect(bob.request(alice.did, secret('kind'), '')).rejects.toMatchObject({ code: 'request.no-handler' })
    const mallory = someone()
    using session = await joinRaw(node.joinFile, mallory)
    const leave = async (type: string, fields: object): Promise<void> => {
      const claim = { net: session.net, iat: systemClock.now(), nonce: systemRandom(16), ...fields }
      const { bytes } = await sealStatement(mallory, type, claim)
      session.send({ type: 'statement', bytes })
      await session.nextOf('ack')
    }
    await leave(secret('type of a statement'), {})
    await leave('attestation', { [secret('name in a statement')]: secret('value in a statement') })
    const manifest = { name: secret('name in a manifest'), version: secret('version in a manifest') }
    const described = await issueManifest(mallory, manifest, { net: session.net, ...issuance })
    session.send({ type: 'statement', bytes: described.bytes })
    await session.nextOf('ack')
    const body = Buffer.from(secret('message'))
    session.send({ type: 'message', id: systemRandom(16), to: keyOf(alice.did), body: new Uint8Array(body) })
    await session.nextOf('ack')
    session.wire.send(Buffer.from(secret('bytes that are not sealed')))
    await session.wire.closed
    await post('/v1/revocations', { did: bob.did, reason: secret('reason of a revocation') })

    expect(secrets.size).toBeGreaterThanOrEqual(50)
    const isThere = (text: string): boolean =>
      ['agent.joined', 'revocation.applied'].every((kind) => text.includes(kind))
    await until(() => isThere(watched()) && isThere(well.kinds.join()) && isThere(telling.kinds.join()))
    const metrics = await operator.call('GET', '/metrics')
    await node.stop()
    const places = {
      stdout: `${node.stdout}\n`,
      stderr: node.stderr,
      errors: operator.refusals.join('\n'),
      audit: await contentOf(joinPath(folder.path, 'node', 'audit')),
      metrics,
      events: watched(),
      webhooks: JSON.stringify([...well.received, ...telling.received].map(({ headers, body }) => ({ headers, body }))),
      'deliveries on disk': await contentOf(joinPath(folder.path, 'node', 'webhooks')),
    }
    const leaks = Object.entries(places).flatMap(([place, text]) =>
      secrets.leakedIn(text).map((where) => `${where} in ${place}`),
    )
    expect(leaks).toEqual([])
    // Had nothing happened, nothing could have leaked.
    for (const code of ['webhook.changed', 'admin.unauthenticated', 'attestation.malformed', 'revocation.applied']) {
      expect(places.audit).toContain(code)
    }
    for (const place of ['stderr', 'errors', 'metrics', 'webhooks', 'deliveries on disk'] as const) {
      expect(places[place].length).toBeGreaterThan(500)
    }
  })
})

/** With a key of their own, for which the root has signed. */
async function signIn(operator: Operator, node: NodeProcess, root: Identity): Promise<{ readonly token: string }> {
  const identity = generateIdentity(systemRandom)
  const net = meshIdOf(root.did)
  const link = await issueDelegation(
    root,
    { aud: identity.did, can: '/mesh/operator', exp: systemClock.now() + 3_600_000 },
    { net, ...issuance },
  )
  const { challenge } = await operator.make('/v1/login/challenge', { did: identity.did })
  const { node: aud } = node.joinFile
  const { bytes } = await issueInvocation(
    identity,
    { aud, leaf: parseDelegation(link), can: '/mesh/operator', args: encode({ challenge, net, node: aud }) },
    { net, ...issuance },
  )
  const signed = { did: identity.did, chain: [toBase64url(link.bytes)], invocation: toBase64url(bytes) }
  return await operator.make('/v1/login', signed)
}
