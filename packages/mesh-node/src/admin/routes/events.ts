import type { ServerResponse } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { MeshEvent } from '../../events/event.ts'
import type { Events } from '../../events/events.ts'
import { NodeError } from '../../node-error.ts'
import type { Timers } from '../../timers.ts'
import type { Door } from '../door.ts'
import { watchEvents } from '../schemas/events.ts'
import type { Serve } from '../serve.ts'

export interface EventRouteOptions {
  readonly events: Events
  readonly timers: Timers
  readonly door: Door
}

/** How often a silent stream says that it is there, and is asked whether whoever reads it still may. */
const HEARTBEAT_MS = 15_000
/** What may wait for a reader before the stream is cut. */
const MAX_BACKLOG = 262_144
/** Streams that one person may have open. */
const MAX_OF_PERSON = 8

/** Adds the stream of events. Gives what ends all that are open. */
export function addEvents(serve: Serve, { events, timers, door }: EventRouteOptions): () => void {
  const open = new Map<ServerResponse, string>()

  serve(watchEvents, ({ request, reply, visitor }) => {
    const since = lastIdOf(request)
    if ([...open.values()].filter((name) => name === visitor.name).length >= MAX_OF_PERSON) {
      throw new NodeError('admin.too-many-streams')
    }
    reply.hijack()
    const { raw } = reply
    raw.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    open.set(raw, visitor.name)
    let cancelHeartbeat = (): void => {}
    const write = (text: string): void => {
      // A login ends, and a token: so does what they have opened.
      if (!door.visitorOf(request)) return void raw.end()
      raw.write(text)
      if (raw.writableLength > MAX_BACKLOG) raw.destroy()
    }
    const beat = (): void => {
      write(':\n\n')
      if (!raw.writableEnded) cancelHeartbeat = timers.after(HEARTBEAT_MS, beat)
    }
    const unsubscribe = events.subscribe((event) => write(lineOf(event)))
    raw.on('close', () => {
      unsubscribe()
      cancelHeartbeat()
      open.delete(raw)
    })
    raw.on('error', () => raw.destroy())
    beat()
    for (const event of since === null ? [] : events.since(since)) write(lineOf(event))
    return reply
  })

  return () => {
    for (const raw of open.keys()) raw.end()
  }
}

/** The id behind which somebody who comes back goes on; `null` for whoever is new. */
function lastIdOf({ headers }: FastifyRequest): number | null {
  const id = headers['last-event-id']
  if (id === undefined) return null
  if (typeof id !== 'string' || !/^\d{1,16}$/.test(id)) throw new NodeError('admin.invalid-query')
  return Number(id)
}

function lineOf(event: MeshEvent): string {
  return `id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`
}
