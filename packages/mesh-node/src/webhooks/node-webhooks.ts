import { join } from 'node:path'
import type { Clock, Did, Random } from '@trustmesh/identity'
import type { MeshEvent } from '../events/event.ts'
import type { Events } from '../events/events.ts'
import { NodeError } from '../node-error.ts'
import type { Timers } from '../timers.ts'
import { type DeliveryRecord, DeliveryStore } from './delivery-store.ts'
import { POST_TIMEOUT_MS, type PostOptions, posting } from './post.ts'
import { newSecret } from './signature.ts'
import { PATIENCE, type Patience, Sink } from './sink.ts'
import { resolveTarget, systemResolve } from './target.ts'
import { MAX_WEBHOOKS, readWebhooks, type WebhookRecord, writeWebhooks } from './webhook-file.ts'
import type { Delivery, NewWebhook, Webhook, WebhookRequest, Webhooks } from './webhooks.ts'

export interface NodeWebhooksOptions extends Partial<PostOptions> {
  /** Folder of the node: the webhooks are in `webhooks.json` there, what is on its way in `webhooks`. */
  readonly directory: string
  readonly node: Did
  readonly events: Events
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly patience?: Partial<Patience>
  /** Told how each attempt has ended: `delivered`, or a code. */
  readonly tried?: (outcome: string) => void
}

/** The webhooks of a node, each with a queue of its own. Who acts never waits for any of them (threat O9). */
export class NodeWebhooks implements Webhooks, AsyncDisposable {
  readonly #options: NodeWebhooksOptions & PostOptions
  readonly #store: DeliveryStore
  readonly #sinks = new Map<string, Sink>()
  readonly #unsubscribe: () => void
  /** Changes to the file, one after the other. */
  #changes: Promise<unknown> = Promise.resolve()

  /** Sends on what an earlier run has left. Rejects with {@link NodeError}: `webhooks.*`, or as a store does. */
  static async open(options: NodeWebhooksOptions): Promise<NodeWebhooks> {
    const records = await readWebhooks(fileIn(options.directory))
    const store = await DeliveryStore.open(join(options.directory, 'webhooks'))
    return new NodeWebhooks({ allowLoopback: false, resolve: systemResolve, ...options }, store, records)
  }

  private constructor(
    options: NodeWebhooksOptions & PostOptions,
    store: DeliveryStore,
    webhooks: readonly WebhookRecord[],
  ) {
    this.#options = options
    this.#store = store
    for (const webhook of webhooks) this.#begin(webhook)
    for (const record of store.found) if (!this.#sinks.has(record.webhook)) store.remove(record)
    const offer = (event: MeshEvent): void => {
      for (const sink of this.#sinks.values()) sink.offer(event)
    }
    // What is wrong at a start may show before anybody can be told.
    for (const event of options.events.since(0)) offer(event)
    this.#unsubscribe = options.events.subscribe(offer)
  }

  /** How many deliveries wait, of all of them. */
  get waiting(): number {
    return [...this.#sinks.values()].reduce((sum, { waiting }) => sum + waiting, 0)
  }

  list(): readonly Webhook[] {
    return [...this.#sinks.values()].map(viewOf)
  }

  add(request: WebhookRequest): Promise<NewWebhook> {
    const { url, severity = 'critical', kinds = [] } = request
    return this.#change(async () => {
      if (this.#sinks.size >= MAX_WEBHOOKS) throw new NodeError('webhook.too-many')
      await resolveTarget(url, this.#options, AbortSignal.timeout(this.#options.timeoutMs ?? POST_TIMEOUT_MS))
      const { random, clock } = this.#options
      const id = Buffer.from(random(8)).toString('hex')
      const createdAt = new Date(clock.now()).toISOString()
      const webhook = { id, url, severity, kinds: [...kinds], createdAt, secret: newSecret(random) }
      await this.#write([...this.#webhooks, webhook])
      return { ...viewOf(this.#begin(webhook)), secret: webhook.secret }
    })
  }

  remove(id: string): Promise<void> {
    return this.#change(async () => {
      const sink = this.#sinkOf(id)
      await this.#write(this.#webhooks.filter((webhook) => webhook.id !== id))
      sink.stop()
      this.#sinks.delete(id)
      for (const record of sink.deliveries()) this.#store.remove(record)
    })
  }

  async test(id: string): Promise<Delivery> {
    const sink = this.#sinkOf(id)
    return deliveryOf(await sink.test(this.#options.events.publish({ kind: 'webhook.tested' })))
  }

  deliveries(id: string): readonly Delivery[] {
    return this.#sinkOf(id).deliveries().map(deliveryOf)
  }

  /** What waits is sent by the next start. */
  async close(): Promise<void> {
    this.#unsubscribe()
    for (const sink of this.#sinks.values()) sink.stop()
    await this.#store.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get #webhooks(): WebhookRecord[] {
    return [...this.#sinks.values()].map(({ webhook }) => webhook)
  }

  #begin(webhook: WebhookRecord): Sink {
    const { node, clock, timers, patience, tried } = this.#options
    const records = this.#store.found.filter((record) => record.webhook === webhook.id)
    const sink = new Sink({
      node,
      webhook,
      records,
      store: this.#store,
      post: posting(this.#options),
      clock,
      timers,
      patience: { ...PATIENCE, ...patience },
      tried,
    })
    this.#sinks.set(webhook.id, sink)
    sink.start()
    return sink
  }

  #sinkOf(id: string): Sink {
    const sink = this.#sinks.get(id)
    if (!sink) throw new NodeError('webhook.not-found')
    return sink
  }

  #write(webhooks: readonly WebhookRecord[]): Promise<void> {
    return writeWebhooks(fileIn(this.#options.directory), webhooks)
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#changes.then(change)
    this.#changes = changed.catch(() => {})
    return changed
  }
}

function fileIn(directory: string): string {
  return join(directory, 'webhooks.json')
}

/** Of the URL only whose it is: what follows is a key at many a service (threat A9). */
function viewOf({ webhook, waiting, dropped }: Sink): Webhook {
  const { id, url, severity, kinds, createdAt } = webhook
  return { id, url: `${new URL(url).origin}/…`, severity, kinds, createdAt, waiting, dropped }
}

function deliveryOf({ id, event, state, attempts, lastAttemptAt, status, code }: DeliveryRecord): Delivery {
  return {
    id,
    event: event.id,
    kind: event.kind,
    state,
    attempts,
    ...(lastAttemptAt ? { lastAttemptAt } : {}),
    ...(status === undefined ? {} : { status }),
    ...(code ? { code } : {}),
  }
}
