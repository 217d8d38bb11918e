import type { Severity } from '../audit/log.ts'
import type { EventKind } from '../events/event.ts'

/** Where events are sent, and which. */
export interface Webhook {
  readonly id: string
  /** `https://host/…`: the rest is often a secret, and is shown to nobody. */
  readonly url: string
  /** The least severity of what is sent; `critical` unless told otherwise. */
  readonly severity: Severity
  /** Only these kinds; all where there are none. */
  readonly kinds: readonly EventKind[]
  /** ISO 8601, UTC. */
  readonly createdAt: string
  /** Deliveries that wait, and those that were given up to make room since the node was started. */
  readonly waiting: number
  readonly dropped: number
}

/** What an operator asks for. */
export interface WebhookRequest {
  readonly url: string
  readonly severity?: Severity
  readonly kinds?: readonly EventKind[]
}

/** A webhook that has just been made. */
export interface NewWebhook extends Webhook {
  /** `whsec_…`, for checking signatures. Shown this once. */
  readonly secret: string
}

/** What became of one event at one webhook. */
export interface Delivery {
  /** The `webhook-id` of each attempt. */
  readonly id: string
  /** The id and kind of the event. */
  readonly event: number
  readonly kind: EventKind
  readonly state: 'waiting' | 'delivered' | 'failed' | 'dropped'
  readonly attempts: number
  /** Of the last attempt: when (ISO 8601, UTC), the answer's status, or why there was none: `webhook.*`. */
  readonly lastAttemptAt?: string
  readonly status?: number
  readonly code?: string
}

/**
 * The webhooks of a node, as its operators see them. What is refused rejects with `NodeError`: `webhook.url`,
 * `webhook.address`, `webhook.unresolved`, `webhook.too-many` or `webhook.not-found`.
 */
export interface Webhooks {
  list(): readonly Webhook[]
  /** Resolves when it is kept. The address is checked now, and again at each delivery. */
  add(request: WebhookRequest): Promise<NewWebhook>
  remove(id: string): Promise<void>
  /** Sends `webhook.tested` to it, now and once, whatever it asks for, and resolves to what became of that. */
  test(id: string): Promise<Delivery>
  /** The latest, newest first. */
  deliveries(id: string): readonly Delivery[]
}
