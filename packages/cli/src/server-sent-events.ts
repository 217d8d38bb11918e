/** An event of a stream, as WHATWG HTML §9.2 has them. */
export interface ServerSentEvent {
  readonly id: string
  readonly event: string
  readonly data: string
}

/** Longest event that is taken, in characters. */
const MAX_EVENT = 1_048_576

/** The events of a response. Throws `TypeError` where the connection breaks, or an event is too long. */
export async function* serverSentEvents(
  body: ReadableStream<Uint8Array> | null,
): AsyncGenerator<ServerSentEvent, void> {
  if (!body) return
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    const blocks = text.split(/\r?\n\r?\n/)
    text = blocks.pop() ?? ''
    if (text.length > MAX_EVENT) throw new TypeError('an event is too long')
    for (const block of blocks) {
      const event = eventOf(block)
      if (event.data !== '') yield event
    }
  }
}

function eventOf(block: string): ServerSentEvent {
  const fields = { id: '', event: 'message', data: [] as string[] }
  for (const line of block.split(/\r?\n/)) {
    const [, name, value = ''] = /^(\w+):? ?(.*)$/.exec(line) ?? []
    if (name === 'data') fields.data.push(value)
    else if (name === 'id' || name === 'event') fields[name] = value
  }
  return { ...fields, data: fields.data.join('\n') }
}
