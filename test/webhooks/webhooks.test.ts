import { createHmac } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { generateIdentity } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { describe, expect, it } from 'vitest'
import type { EventKind } from '../../packages/mesh-node/src/events/event.ts'
import { RecentEvents } from '../../packages/mesh-node/src/events/events.ts'
import { systemTimers } from '../../packages/mesh-node/src/timers.ts'
import { NodeWebhooks, type NodeWebhooksOptions } from '../../packages/mesh-node/src/webhooks/node-webhooks.ts'
import { until } from '../e2e/until.ts'
import { freePort } from '../free-port.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { Receiver } from './receiver.ts'

const node = generateIdentity(systemRandom).did
const PATIENCE = { firstMs: 5, longestMs: 20, pauseMs: 20 }

interface Started extends AsyncDisposable {
  readonly events: RecentEvents
  readonly webhooks: NodeWebhooks
  readonly publish: (...kinds: readonly EventKind[]) => void
}

/** The webhooks of a node that is not there, on a folder that is. */
async function start(directory: string, options: Partial<NodeWebhooksOptions> = {}): Promise<Started> {
  const events = new RecentEvents({ clock: systemClock })
  const webhooks = await NodeWebhooks.open({
    directory,
    node,
    events,
    clock: systemClock,
    random: systemRandom,
    timers: systemTimers,
    allowLoopback: true,
    patience: PATIENCE,
    ...options,
  })
  const publish = (...kinds: readonly EventKind[]): void => {
    for (const kind of kinds) events.publish({ kind })
  }
  return { events, webhooks, publish, [Symbol.asyncDispose]: () => webhooks.close() }
}

const failing: { readonly answer: RequestListener } = { answer: (_, response) => response.writeHead(500).end() }

describe(NodeWebhooks, () => {
  it('P7 refuses what leads nowhere public, and keeps nothing of it', async () => {
    await using folder = await temporaryFolder()
    await using node = await start(folder.path, { allowLoopback: false })
    for (const [url, code] of [
      ['http://127.0.0.1/', 'webhook.url'],
      ['https://127.0.0.1/', 'webhook.address'],
      ['https://user:secret@hooks.example.com/', 'webhook.url'],
    ] as const) {
      await expect(node.webhooks.add({ url })).rejects.toMatchObject({ code })
    }
    expect(node.webhooks.list()).toEqual([])
    expect(await readdir(folder.path)).toEqual(['webhooks'])
  })

  it('P7 sends nothing to a name that leads elsewhere since it was added', async () => {
    await using folder = await temporaryFolder()
    await using receiver = await Receiver.start()
    let answer = ['93.184.215.14']
    await using node = await start(folder.path, { allowLoopback: false, resolve: async () => answer })
    const { id } = await node.webhooks.add({ url: `https://hooks.example.com:${receiver.port}/` })
    answer = ['127.0.0.1']
    node.publish('audit.fork')
    const [delivery] = await until(() => node.webhooks.deliveries(id)[0]?.code && node.webhooks.deliveries(id))
    expect(delivery).toMatchObject({ state: 'waiting', code: 'webhook.address' })
    expect(receiver.connections).toBe(0)
  })

  it('P7 waits no longer for a name than for an answer', async () => {
    await using folder = await temporaryFolder()
    await using node = await start(folder.path, { resolve: () => new Promise(() => {}), timeoutMs: 20 })
    const adding = node.webhooks.add({ url: 'https://hooks.example.com/' })
    await expect(adding).rejects.toMatchObject({ code: 'webhook.unresolved' })
  })

  it('refuses more than there may be, and what it does not know', async () => {
    await using folder = await temporaryFolder()
    await using node = await start(folder.path)
    for (let n = 0; n < 32; n++) await node.webhooks.add({ url: 'http://127.0.0.1:9/' })
    await expect(node.webhooks.add({ url: 'http://127.0.0.1:9/' })).rejects.toMatchObject({ code: 'webhook.too-many' })
    await expect(node.webhooks.remove('0')).rejects.toMatchObject({ code: 'webhook.not-found' })
    await expect(node.webhooks.test('0')).rejects.toMatchObject({ code: 'webhook.not-found' })
    expect(() => node.webhooks.deliveries('0')).toThrow(expect.objectContaining({ code: 'webhook.not-found' }))
  })

  it('A9 keeps secrets where nobody else reads, and shows them to nobody again', async () => {
    await using folder = await temporaryFolder()
    await using node = await start(folder.path)
    const { id, secret } = await node.webhooks.add({ url: 'http://127.0.0.1:9/services/token?key=abc' })
    expect(secret).toMatch(/^whsec_/)
    const shown = JSON.stringify([node.webhooks.list(), node.webhooks.deliveries(id)])
    for (const hidden of [secret, 'token', 'abc']) expect(shown).not.toContain(hidden)
    expect(node.webhooks.list()).toMatchObject([{ id, url: 'http://127.0.0.1:9/…', severity: 'critical', kinds: [] }])
    expect((await stat(join(folder.path, 'webhooks.json'))).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder.path, 'webhooks'))).mode & 0o777).toBe(0o700)
    expect(await readFile(join(folder.path, 'webhooks.json'), 'utf8')).toContain(secret)
  })

  it('signs what it sends, as Standard Webhooks say', async () => {
    await using folder = await temporaryFolder()
    await using receiver = await Receiver.start()
    await using nodeAt = await start(folder.path)
    const { secret } = await nodeAt.webhooks.add({ url: receiver.url })
    const event = nodeAt.events.publish({ kind: 'audit.fork', code: 'a' })
    const { body, headers, path } = await until(() => receiver.received[0])
    expect(path).toBe('/hook')
    expect(JSON.parse(body)).toEqual({ type: 'audit.fork', timestamp: event.time, data: { node, ...event } })
    const { 'webhook-id': id, 'webhook-timestamp': timestamp } = headers
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
    const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${signature}`)
    expect(Math.abs(Number(timestamp) * 1_000 - systemClock.now())).toBeLessThan(60_000)
    expect(headers['content-type']).toBe('application/json')
  })

  it('sends what is grave enough, and of the kinds that were asked for', async () => {
    await using folder = await temporaryFolder()
    await using grave = await Receiver.start()
    await using all = await Receiver.start()
    await using some = await Receiver.start()
    await using node = await start(folder.path)
    await node.webhooks.add({ url: grave.url })
    await node.webhooks.add({ url: all.url, severity: 'info' })
    await node.webhooks.add({ url: some.url, severity: 'info', kinds: ['agent.joined', 'audit.fork'] })
    node.publish('agent.joined', 'manifest.drift', 'audit.fork', 'webhook.tested')
    await until(() => grave.kinds.length === 1 && all.kinds.length === 3 && some.kinds.length === 2)
    expect(grave.kinds).toEqual(['audit.fork'])
    expect(all.kinds.sort()).toEqual(['agent.joined', 'audit.fork', 'manifest.drift'])
    expect(some.kinds.sort()).toEqual(['agent.joined', 'audit.fork'])
  })

  it('O9 tries again until it is taken, by the same id, and says how often', async () => {
    await using folder = await temporaryFolder()
    await using receiver = await Receiver.start(failing)
    await using node = await start(folder.path)
    const { id } = await node.webhooks.add({ url: receiver.url })
    node.publish('audit.fork')
    await until(() => receiver.received.length >= 3)
    expect(node.webhooks.deliveries(id)).toMatchObject([{ state: 'waiting', status: 500, code: 'webhook.status' }])
    receiver.answer = (_, response) => response.writeHead(200).end()
    const [delivery] = await until(
      () => node.webhooks.deliveries(id)[0]?.state === 'delivered' && node.webhooks.deliveries(id),
    )
    expect(delivery?.status).toBe(200)
    expect(delivery).not.toHaveProperty('code')
    expect(delivery?.attempts).toBe(receiver.received.length)
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([delivery?.id]))
  })

  it('O9 has nobody wait who acts, and no webhook for another, be one away, silent, broken or failing', async () => {
    await using folder = await temporaryFolder()
    await using well = await Receiver.start()
    await using alsoWell = await Receiver.start()
    await using silent = await Receiver.start({ answer: () => {} })
    await using resetting = await Receiver.start({ answer: ({ socket }) => socket.resetAndDestroy() })
    await using broken = await Receiver.start(failing)
    await using node = await start(folder.path)
    const away = `http://127.0.0.1:${await freePort()}/`
    for (const url of [away, silent.url, resetting.url, broken.url, well.url, alsoWell.url]) {
      await node.webhooks.add({ url })
    }
    const waiting = (): number[] => node.webhooks.list().map((webhook) => webhook.waiting)
    for (let n = 0; n < 20; n++) node.publish('audit.fork')
    expect(waiting()).toEqual([20, 20, 20, 20, 20, 20])
    await until(() =>
      waiting()
        .slice(4)
        .every((count) => count === 0),
    )
    expect(waiting()).toEqual([20, 20, 20, 20, 0, 0])
    expect([well.received.length, alsoWell.received.length]).toEqual([20, 20])
  })

  it('O9 leaves a target that fails alone for a while, and sends all that waited once it is well', async () => {
    await using folder = await temporaryFolder()
    await using receiver = await Receiver.start(failing)
    await using node = await start(folder.path, { patience: { ...PATIENCE, failures: 3, pauseMs: 3_600_000 } })
    const { id } = await node.webhooks.add({ url: receiver.url })
    node.publish(...Array.from({ length: 10 }, () => 'audit.fork' as const))
    {
      // Meanwhile another would have been tried many times.
      await using stubborn = await Receiver.start(failing)
      await using elsewhere = await temporaryFolder()
      await using other = await start(elsewhere.path, { patience: { ...PATIENCE, failures: 1_000_000 } })
      await other.webhooks.add({ url: stubborn.url })
      other.publish(...Array.from({ length: 10 }, () => 'audit.fork' as const))
      await until(() => receiver.received.length >= 3 && stubborn.received.length >= 40)
    }
    expect(receiver.received).toHaveLength(3)
    receiver.answer = (_, response) => response.writeHead(204).end()
    expect(await node.webhooks.test(id)).toMatchObject({ state: 'delivered', status: 204, kind: 'webhook.tested' })
    await until(() => node.webhooks.list()[0]?.waiting === 0)
    expect(receiver.kinds.slice(3)).toEqual(['webhook.tested', ...Array(10).fill('audit.fork')])
  })

  it('gives up on what is news to nobody', async () => {
    await using folder = await temporaryFolder()
    await using receiver = await Receiver.start(failing)
    await using node = await start(folder.path, { patience: { ...PATIENCE, giveUpMs: 1 } })
    const { id } = await node.webhooks.add({ url: receiver.url })
    node.publish('audit.fork')
    await until(() => node.webhooks.deliveries(id)[0]?.state === 'failed')
    expect(node.webhooks.list()).toMatchObject([{ waiting: 0 }])
  })

  it('O9 drops the oldest that is not critical where too much waits, and counts it', async () => {
    await using folder = await temporaryFolder()
    await using receiver = await Receiver.start(failing)
    await using node = await start(folder.path)
    const { id } = await node.webhooks.add({ url: receiver.url, severity: 'notice' })
    node.publish('audit.fork', ...Array.from({ length: 1_000 }, () => 'manifest.drift' as const), 'key.equivocation')
    expect(node.webhooks.list()).toMatchObject([{ waiting: 1_000, dropped: 2 }])
    const deliveries = node.webhooks.deliveries(id)
    const waiting = deliveries.filter(({ state }) => state === 'waiting')
    expect([waiting[0]?.kind, waiting.at(-1)?.kind]).toEqual(['key.equivocation', 'audit.fork'])
    expect(deliveries.filter(({ state }) => state === 'dropped').map(({ kind }) => kind)).toEqual(
      Array(2).fill('manifest.drift'),
    )
    for (let n = 0; n < 1_200; n++) node.publish('audit.fork')
    expect(node.webhooks.deliveries(id)).toHaveLength(1_100)
  })

  it('O9 sends after a restart what waited before it, and remembers what became of the rest', async () => {
    await using folder = await temporaryFolder()
    await using receiver = await Receiver.start()
    let id: string
    {
      await using node = await start(folder.path)
      id = (await node.webhooks.add({ url: receiver.url })).id
      node.publish('audit.fork')
      await until(() => node.webhooks.deliveries(id)[0]?.state === 'delivered')
      receiver.answer = failing.answer
      node.publish('key.equivocation', 'peer.stale')
      await until(() => receiver.received.length > 2)
      // Nobody has tried this one.
      node.publish('store.changed')
    }
    receiver.received.length = 0
    receiver.answer = (_, response) => response.writeHead(204).end()
    await using node = await start(folder.path)
    await until(() => node.webhooks.list()[0]?.waiting === 0)
    expect([...new Set(receiver.kinds)].sort()).toEqual(['key.equivocation', 'peer.stale', 'store.changed'])
    const kinds = node.webhooks.deliveries(id).map(({ kind, state }) => [kind, state])
    expect(kinds).toEqual(
      ['store.changed', 'peer.stale', 'key.equivocation', 'audit.fork'].map((kind) => [kind, 'delivered']),
    )
  })

  it('sends what has happened before it was there itself', async () => {
    await using folder = await temporaryFolder()
    await using receiver = await Receiver.start()
    {
      await using node = await start(folder.path)
      await node.webhooks.add({ url: receiver.url })
    }
    const events = new RecentEvents({ clock: systemClock })
    events.publish({ kind: 'audit.tampered' })
    await using _node = await start(folder.path, { events })
    await until(() => receiver.kinds.length > 0)
    expect(receiver.kinds).toEqual(['audit.tampered'])
  })

  it('tells how each attempt ends', async () => {
    await using folder = await temporaryFolder()
    await using receiver = await Receiver.start({
      answer: (_, response) => {
        response.writeHead(500).end()
        receiver.answer = (_, response) => response.writeHead(204).end()
      },
    })
    const outcomes: string[] = []
    await using node = await start(folder.path, { tried: (outcome) => outcomes.push(outcome) })
    await node.webhooks.add({ url: receiver.url })
    node.publish('audit.fork')
    expect(node.webhooks.waiting).toBe(1)
    await until(() => node.webhooks.waiting === 0)
    expect(outcomes).toEqual(['webhook.status', 'delivered'])
  })

  it('forgets with a webhook what was on its way to it', async () => {
    await using folder = await temporaryFolder()
    await using receiver = await Receiver.start(failing)
    {
      await using node = await start(folder.path)
      const { id } = await node.webhooks.add({ url: receiver.url })
      node.publish('audit.fork')
      await until(() => receiver.received.length > 0)
      await node.webhooks.remove(id)
      expect(node.webhooks.list()).toEqual([])
    }
    await using node = await start(folder.path)
    expect(node.webhooks.list()).toEqual([])
  })
})
