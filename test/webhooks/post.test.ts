import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type PostOptions, posting } from '../../packages/mesh-node/src/webhooks/post.ts'
import { systemResolve } from '../../packages/mesh-node/src/webhooks/target.ts'
import { freePort } from '../free-port.ts'
import { hasOpenssl, makeCertificate } from '../running/certificates.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { Receiver } from './receiver.ts'

const PUBLIC = '93.184.215.14'

function post(url: string, options: Partial<PostOptions> = {}) {
  return posting({ allowLoopback: true, resolve: systemResolve, timeoutMs: 5_000, ...options })(url, '{}', {})
}

/** Answers of a name server, one a question. */
function names(...answers: readonly string[][]) {
  const asked: string[] = []
  const resolve = async (name: string): Promise<readonly string[]> => answers[asked.push(name) - 1] ?? []
  return { asked, resolve }
}

describe(posting, () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  it('P7 asks once for an address, connects to that one, and to no other that the name stands for', async () => {
    await using meant = await Receiver.start({ host: '127.0.0.2', port: await freePort() })
    await using elsewhere = await Receiver.start({ host: '127.0.0.1', port: meant.port })
    const { asked, resolve } = names(['127.0.0.2'], ['127.0.0.1'])
    expect(await post(`http://localhost:${meant.port}/`, { resolve })).toEqual({ status: 204 })
    expect(asked).toEqual(['localhost'])
    expect([meant.received.length, elsewhere.connections]).toEqual([1, 0])
  })

  it('P7 connects to nobody where any address of a name is not public', async () => {
    await using receiver = await Receiver.start()
    const { resolve } = names(['127.0.0.1'], [PUBLIC, '127.0.0.1'])
    const options = { allowLoopback: false, resolve }
    const url = `https://hooks.example.com:${receiver.port}/`
    expect(await post(url, options)).toEqual({ code: 'webhook.address' })
    expect(await post(url, options)).toEqual({ code: 'webhook.address' })
    expect(receiver.connections).toBe(0)
  })

  it.each([301, 302, 303, 307, 308])('P7 follows no %i', async (status) => {
    await using target = await Receiver.start()
    await using receiver = await Receiver.start({
      answer: (_, response) => response.writeHead(status, { location: target.url }).end(),
    })
    expect(await post(receiver.url)).toEqual({ status, code: 'webhook.redirected' })
    expect([receiver.received.length, target.connections]).toEqual([1, 0])
  })

  it('P7 knows no proxy, whatever the environment says', async () => {
    await using proxy = await Receiver.start()
    await using receiver = await Receiver.start()
    for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY']) {
      vi.stubEnv(name, name === 'NODE_USE_ENV_PROXY' ? '1' : `http://127.0.0.1:${proxy.port}`)
    }
    expect(await post(receiver.url)).toEqual({ status: 204 })
    expect(proxy.connections).toBe(0)
  })

  it('P7 waits no longer than its time for a name, for an answer, or for the end of one', async () => {
    const never = (): Promise<never> => new Promise(() => {})
    const timeoutMs = 50
    expect(await post('http://localhost:9/', { resolve: never, timeoutMs })).toEqual({ code: 'webhook.timeout' })
    await using silent = await Receiver.start({ answer: () => {} })
    expect(await post(silent.url, { timeoutMs })).toEqual({ code: 'webhook.timeout' })
    await using dripping = await Receiver.start({
      answer: ({ socket }) => {
        socket.write('HTTP/1.1 200 OK\r\n')
        const timer = setInterval(() => socket.write('X-More: 1\r\n'), 5)
        socket.once('close', () => clearInterval(timer))
      },
    })
    expect(await post(dripping.url, { timeoutMs })).toEqual({ code: 'webhook.timeout' })
  })

  it('P7 reads no body, and a head of no more than 16 KiB', async () => {
    await using endless = await Receiver.start({
      answer: (_, response) => {
        response.writeHead(200)
        const pour = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536)));
          if (!response.destroyed) response.once('drain', pour)
        }
        pour()
      },
    })
    expect(await post(endless.url)).toEqual({ status: 200 })
    await using verbose = await Receiver.start({
      answer: (_, response) => response.writeHead(200, { 'x-more': 'x'.repeat(20_000) }).end(),
    })
    expect(await post(verbose.url)).toEqual({ code: 'webhook.unreachable' })
  })

  it('says what the answer was, and why there was none', async () => {
    await using failing = await Receiver.start({ answer: (_, response) => response.writeHead(500).end('secret') })
    expect(await post(failing.url)).toEqual({ status: 500, code: 'webhook.status' })
    await using resetting = await Receiver.start({ answer: ({ socket }) => socket.resetAndDestroy() })
    expect(await post(resetting.url)).toEqual({ code: 'webhook.unreachable' })
    expect(await post(`http://127.0.0.1:${await freePort()}/`)).toEqual({ code: 'webhook.unreachable' })
  })

  it.runIf(hasOpenssl())('P7 believes nobody who cannot prove the name', async () => {
    await using folder = await temporaryFolder()
    const files = await makeCertificate(folder.path)
    const [cert, key] = await Promise.all([readFile(files.cert, 'utf8'), readFile(files.key, 'utf8')])
    await using receiver = await Receiver.start({ tls: { cert, key } })
    await using impostor = await Receiver.start({ tls: { cert, key }, host: '127.0.0.2' })
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    expect(await post(`https://127.0.0.1:${receiver.port}/`)).toEqual({ code: 'webhook.tls' })
    expect(await post(`https://127.0.0.2:${impostor.port}/`, { ca: cert })).toEqual({ code: 'webhook.tls' })
    expect([receiver.received.length, impostor.received.length]).toEqual([0, 0])
    const { resolve } = names(['127.0.0.1'])
    expect(await post(`https://localhost:${receiver.port}/`, { ca: cert, resolve })).toEqual({ status: 204 })
    expect(await post(`https://127.0.0.1:${receiver.port}/`, { ca: cert })).toEqual({ status: 204 })
  })
})
