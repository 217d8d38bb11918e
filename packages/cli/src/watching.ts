import { CONTRACTS, type EventView, meshEvent } from '@trustmesh/mesh-node/admin'
import { CliError } from './cli-error.ts'
import type { AdminClient } from './client.ts'
import { pause } from './pause.ts'
import { serverSentEvents } from './server-sent-events.ts'

export interface WatchingOptions {
  /** Behind which event. */
  readonly since: number | undefined
  readonly signal: AbortSignal
  /** Told whenever the connection has broken. */
  readonly lost: (reason: string) => void
}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 15_000

/** The events of a node from one on, over as many connections as it takes. Throws where the first comes to nothing, and what is refused. */
export async function* watch(
  client: AdminClient,
  { since, signal, lost }: WatchingOptions,
): AsyncGenerator<EventView, void> {
  let last = since
  let pauseMs = FIRST_PAUSE_MS
  let isFirst = true
  while (!signal.aborted) {
    try {
      const headers = last === undefined ? {} : { 'last-event-id': String(last) }
      const response = await client.open(CONTRACTS.watchEvents, {}, { headers, signal })
      isFirst = false
      for await (const { data } of serverSentEvents(response.body)) {
        pauseMs = FIRST_PAUSE_MS
        const event = eventIn(data)
        if (!event) continue
        last = event.id
        yield event
      }
      if (!signal.aborted) lost('it has ended')
    } catch (error) {
      if (signal.aborted) return
      const isOver = error instanceof CliError || error instanceof TypeError
      if (isFirst || !isOver) throw error
      lost(error.message)
    }
    // Full jitter: those who have lost the same node do not come back all at once (threat O2).
    await pause(Math.random() * pauseMs, signal)
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
  }
}

/** What an event says; `null` where that is from a later version, which this one need not understand. */
function eventIn(data: string): EventView | null {
  try {
    return meshEvent.parse(JSON.parse(data))
  } catch {
    return null
  }
}
