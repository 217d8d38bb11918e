import { OPERATOR } from '@trustmesh/mesh-node/admin'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { meshEvent } from '../../packages/mesh-node/src/admin/schemas/events.ts'
import { AdminFixture } from './fixture.ts'

let fixture: AdminFixture
beforeEach(async () => {
  fixture = await AdminFixture.start()
})
afterEach(() => fixture.stop())

/** A reader of the stream: what has come since it was last asked, once there is as much as it waits for. */
class Reader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #aborted: AbortController
  #text = ''

  private constructor(reader: ReadableStreamDefaultReader<Uint8Array>, aborted: AbortController) {
    this.#reader = reader
    this.#aborted = aborted
  }

  static async open(token = fixture.tokens.viewer, lastEventId?: string): Promise<Reader> {
    const aborted = new AbortController()
    const headers = { authorization: `Bearer ${token}`, ...(lastEventId && { 'last-event-id': lastEventId }) }
    const response = await fetch(`${fixture.admin.url}/v1/events`, { headers, signal: aborted.signal })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    return new Reader((response.body as ReadableStream<Uint8Array>).getReader(), aborted)
  }

  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#text)) {
      const { done, value } = await this.#reader.read()
      if (done) throw new Error(`ended after ${this.#text}`)
      this.#text += Buffer.from(value).toString()
    }
    const text = this.#text
    this.#text = ''
    return text
  }

  /** What comes until the stream ends, however it does. */
  async rest(): Promise<string> {
    const chunks = [this.#text]
    try {
      for (;;) {
        const { done, value } = await this.#reader.read()
        if (done) break
        chunks.push(Buffer.from(value).toString())
      }
    } catch {
      // Cut off within an event.
    }
    return chunks.join('')
  }

  leave(): void {
    this.#aborted.abort()
  }
}

const ids = (text: string): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))

describe('GET /v1/events', () => {
  it('refuses an id that is none', async () => {
    for (const id of ['x', '-1', '1.5', '1'.repeat(17)]) {
      const answer = await fixture.call('/v1/events', { headers: { 'last-event-id': id } })
      expect([answer.status, answer.json.code]).toEqual([400, 'admin.invalid-query'])
    }
  })

  it('P10 lets one person open so many, and keeps nobody else out', async () => {
    const readers = await Promise.all(Array.from({ length: 8 }, () => Reader.open()))
    const answer = await fixture.call('/v1/events', { token: fixture.tokens.viewer })
    expect([answer.status, answer.json.code]).toEqual([429, 'admin.too-many-streams'])
    readers.push(await Reader.open(fixture.tokens.operator))
    for (const reader of readers) reader.leave()
  })

  it('P9 ends with the login that it was opened with', async () => {
    const ada = await fixture.operator(OPERATOR.viewer)
    const reader = await Reader.open((await fixture.signIn(ada)).json.token)
    await reader.until(/:\n\n/)
    await fixture.post('/v1/revocations', { did: ada.identity.did, reason: 'x' })
    fixture.events.publish({ kind: 'agent.joined' })
    await reader.rest()
  })

  it('tells what happens, and where nothing does that it is there', async () => {
    const reader = await Reader.open()
    await reader.until(/:\n\n/)
    fixture.events.publish({ kind: 'agent.joined', code: 'a' })
    const text = await reader.until(/\ndata: .*\n\n/)
    expect(text).toMatch(/^id: \d+\nevent: agent\.joined\ndata: /)
    const data = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '')
    expect(meshEvent.parse(data)).toMatchObject({ kind: 'agent.joined', code: 'a', id: ids(text)[0] })
    fixture.time.pass(15_000)
    expect(await reader.until(/:\n\n/)).toBe(':\n\n')
    reader.leave()
  })

  it('goes on behind the last that somebody has heard of', async () => {
    for (const code of ['a', 'b', 'c']) fixture.events.publish({ kind: 'agent.joined', code })
    const [first] = fixture.events.since(0)
    const reader = await Reader.open(fixture.tokens.viewer, String(first?.id))
    fixture.events.publish({ kind: 'agent.joined', code: 'd' })
    const text = await reader.until(/"d"/)
    expect(ids(text)).toEqual(fixture.events.since(first?.id ?? 0).map(({ id }) => id))
    reader.leave()
  })

  it('M7 cuts off whoever takes nothing, and costs nobody else', async () => {
    const slow = await Reader.open()
    const quick = await Reader.open(fixture.tokens.operator)
    const detail = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`number-${i}`, i]))
    // More than the sockets of a machine hold, and never so much at once that whoever reads falls behind.
    for (let round = 0; round < 120; round++) {
      for (let i = 0; i < 4; i++) fixture.events.publish({ kind: 'agent.joined', detail })
      fixture.events.publish({ kind: 'agent.joined', code: `round-${round}-over` })
      await quick.until(new RegExp(`round-${round}-over`))
    }
    expect(await slow.rest()).not.toContain('round-119-over')
    quick.leave()
  })

  it('ends when the node stops', async () => {
    const reader = await Reader.open()
    await reader.until(/:\n\n/)
    const stopped = fixture.admin.close()
    await reader.rest()
    await stopped
  })
})
