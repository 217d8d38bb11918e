import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { TestNode } from './test-node.ts'

interface Answer {
  readonly status: number | undefined
  readonly body: string
}

/** As whoever sends these headers; `fetch` would not send all of them. */
function ask(url: string, method: string, path: string, headers: Record<string, string>): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, method, headers }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode, body }))
    })
    asked.on('error', reject).end()
  })
}

describe('a node that is asked how to join', () => {
  it('tells programs on its machine what is in its join file', async () => {
    await using node = await TestNode.start()
    const { status, body } = await ask(node.joinFile.url, 'GET', '/join.json', {})
    expect([status, JSON.parse(body)]).toEqual([200, node.joinFile])
  })

  it.each([
    ['by a page that has been put here under another name', 'GET', '/join.json', { host: 'evil.example' }],
    ['by a page of anybody', 'GET', '/join.json', { origin: 'http://evil.example' }],
    ['in another way', 'POST', '/join.json', {}],
    ['for something else', 'GET', '/', {}],
  ])('P3 tells nothing when it is asked %s', async (_, method, path, headers) => {
    await using node = await TestNode.start()
    expect(await ask(node.joinFile.url, method, path, headers as Record<string, string>)).toEqual({
      status: 426,
      body: '',
    })
  })
})
