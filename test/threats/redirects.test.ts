import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dialWs } from '@trustmesh/mesh-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { join, TestNode } from '../e2e/kit.ts'

let elsewhere: TestNode

beforeAll(async () => {
  elsewhere = await TestNode.start()
})

afterAll(() => elsewhere[Symbol.asyncDispose]())

/** Sends whoever comes to the other node, under a status; counts them. */
async function redirector(status: number): Promise<{ url: string; server: Server; visits: () => number }> {
  let visits = 0
  const server = createServer((_request, response) => response.writeHead(status, { location: elsewhere.url }).end())
  server.on('upgrade', (_request, socket) => {
    visits++
    socket.end(`HTTP/1.1 ${status} Moved\r\nlocation: ${elsewhere.url}\r\ncontent-length: 0\r\n\r\n`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, server, visits: () => visits }
}

describe.each([301, 302, 303, 307, 308])('a node that answers with %i and the place of another', (status) => {
  it('M11 is where an agent stays', async () => {
    const { url, server, visits } = await redirector(status)
    const joining = join({ ...elsewhere.joinFile, url }, 'alice', { timeoutMs: 500 })
    await expect(joining).rejects.toMatchObject({ code: 'mesh.disconnected' })
    expect(visits()).toBeGreaterThan(0)
    expect(await elsewhere.counted('trustmesh_handshakes_total', 'ok')).toBe(0)
    server.close()
  })

  it('M11 is where another node stays', async () => {
    const { url, server, visits } = await redirector(status)
    const outcome = await new Promise((resolve) => {
      dialWs(url, {
        opened: () => {
          resolve('opened')
          return { message: () => {}, violation: () => {}, closed: () => {} }
        },
        failed: () => resolve('failed'),
      })
    })
    expect(outcome).toBe('failed')
    expect(visits()).toBe(1)
    server.close()
  })
})
