import { describe, expect, it } from 'vitest'
import { NodeError } from '../node-error.ts'
import { isPublic, parseTargetUrl, resolveTarget } from './target.ts'

const never = (): AbortSignal => new AbortController().signal
const PUBLIC = '93.184.215.14'

async function codeOf(url: string, addresses: readonly string[] = [PUBLIC], allowLoopback = false): Promise<string> {
  try {
    await resolveTarget(url, { allowLoopback, resolve: async () => addresses }, never())
    return 'taken'
  } catch (error) {
    return error instanceof NodeError ? error.code : String(error)
  }
}

describe(resolveTarget, () => {
  it.each([
    ['https://127.0.0.1/', 'webhook.address'],
    ['https://127.1/', 'webhook.address'],
    ['https://2130706433/', 'webhook.address'],
    ['https://0x7f000001/', 'webhook.address'],
    ['https://0x7f.0.0.1/', 'webhook.address'],
    ['https://017700000001/', 'webhook.address'],
    ['https://0177.0.0.01/', 'webhook.address'],
    ['https://127.0.0.1./', 'webhook.address'],
    ['https://%31%32%37.0.0.1/', 'webhook.address'],
    ['https://①②⑦.⓪.⓪.①/', 'webhook.address'],
    ['https://0.0.0.0/', 'webhook.address'],
    ['https://0/', 'webhook.address'],
    ['https://0.1.2.3/', 'webhook.address'],
    ['https://10.0.0.1/', 'webhook.address'],
    ['https://172.16.0.1/', 'webhook.address'],
    ['https://172.31.255.255/', 'webhook.address'],
    ['https://192.168.0.1/', 'webhook.address'],
    ['https://169.254.169.254/latest/meta-data/', 'webhook.address'],
    ['https://0xa9fea9fe/latest/meta-data/', 'webhook.address'],
    ['https://2852039166/latest/meta-data/', 'webhook.address'],
    ['https://100.64.0.1/', 'webhook.address'],
    ['https://100.100.100.200/', 'webhook.address'],
    ['https://192.0.0.192/', 'webhook.address'],
    ['https://192.0.2.1/', 'webhook.address'],
    ['https://198.18.0.1/', 'webhook.address'],
    ['https://198.51.100.1/', 'webhook.address'],
    ['https://203.0.113.1/', 'webhook.address'],
    ['https://192.88.99.1/', 'webhook.address'],
    ['https://224.0.0.1/', 'webhook.address'],
    ['https://240.0.0.1/', 'webhook.address'],
    ['https://255.255.255.255/', 'webhook.address'],
    ['https://[::]/', 'webhook.address'],
    ['https://[::1]/', 'webhook.address'],
    ['https://[0:0:0:0:0:0:0:1]/', 'webhook.address'],
    ['https://[::127.0.0.1]/', 'webhook.address'],
    ['https://[::93.184.215.14]/', 'webhook.address'],
    ['https://[::ffff:127.0.0.1]/', 'webhook.address'],
    ['https://[::ffff:a9fe:a9fe]/', 'webhook.address'],
    ['https://[::ffff:0:127.0.0.1]/', 'webhook.address'],
    ['https://[64:ff9b::7f00:1]/', 'webhook.address'],
    ['https://[64:ff9b::a9fe:a9fe]/', 'webhook.address'],
    ['https://[64:ff9b:1::a00:1]/', 'webhook.address'],
    ['https://[2002:7f00:1::]/', 'webhook.address'],
    ['https://[2002:a9fe:a9fe::1]/', 'webhook.address'],
    ['https://[2001:0:7f00:1::]/', 'webhook.address'],
    ['https://[2001:1::1]/', 'webhook.address'],
    ['https://[2001:db8::1]/', 'webhook.address'],
    ['https://[3fff::1]/', 'webhook.address'],
    ['https://[fd00:ec2::254]/', 'webhook.address'],
    ['https://[fc00::1]/', 'webhook.address'],
    ['https://[fe80::1]/', 'webhook.address'],
    ['https://[fec0::1]/', 'webhook.address'],
    ['https://[ff02::1]/', 'webhook.address'],
    ['https://[100::1]/', 'webhook.address'],
    ['https://[4000::1]/', 'webhook.address'],
    ['https://[fe80::1%25eth0]/', 'webhook.url'],
    ['https://localhost/', 'webhook.url'],
    ['https://LOCALHOST./', 'webhook.url'],
    ['https://metadata/', 'webhook.url'],
    ['https://a.localhost/', 'webhook.url'],
    ['https://metadata.google.internal/', 'webhook.url'],
    ['https://printer.local/', 'webhook.url'],
    ['https://router.home.arpa/', 'webhook.url'],
    ['https://1.0.0.127.in-addr.arpa/', 'webhook.url'],
    ['http://hooks.example.com/', 'webhook.url'],
    ['ftp://hooks.example.com/', 'webhook.url'],
    ['file:///etc/passwd', 'webhook.url'],
    ['gopher://hooks.example.com/_', 'webhook.url'],
    ['data:text/plain,x', 'webhook.url'],
    ['//hooks.example.com/', 'webhook.url'],
    ['https://user@hooks.example.com/', 'webhook.url'],
    ['https://user:secret@hooks.example.com/', 'webhook.url'],
    ['https://hooks.example.com@127.0.0.1/', 'webhook.url'],
    ['https://hooks.example.com/#@127.0.0.1', 'webhook.url'],
    ['https://hooks.example.com:22/', 'webhook.url'],
    ['https://hooks.example.com:25/', 'webhook.url'],
    ['https://hooks.example.com:80/', 'webhook.url'],
    ['https://hooks.example.com:0/', 'webhook.url'],
    ['https://hooks.example.com:65536/', 'webhook.url'],
    ['https://', 'webhook.url'],
    ['', 'webhook.url'],
    [`https://hooks.example.com/${'x'.repeat(2_048)}`, 'webhook.url'],
  ])('P7 refuses %s as %s', async (url, code) => {
    expect(await codeOf(url)).toBe(code)
  })

  it.each([
    ['127.0.0.1'],
    ['169.254.169.254'],
    ['::1'],
    ['::ffff:10.0.0.1'],
    ['fe80::1%eth0'],
    ['64:ff9b::7f00:1'],
    ['not an address'],
  ])('P7 refuses a name of which any address is %s', async (address) => {
    expect(await codeOf('https://hooks.example.com/', [PUBLIC, address])).toBe('webhook.address')
    expect(await codeOf('https://hooks.example.com/', [address, PUBLIC])).toBe('webhook.address')
  })

  it('P7 refuses a name that does not resolve', async () => {
    expect(await codeOf('https://hooks.example.com/', [])).toBe('webhook.unresolved')
    const resolve = () => Promise.reject(new Error('SERVFAIL'))
    const target = resolveTarget('https://hooks.example.com/', { allowLoopback: false, resolve }, never())
    await expect(target).rejects.toMatchObject({ code: 'webhook.unresolved' })
  })

  it('P7 takes this machine where a flag says so, and still nobody else without TLS', async () => {
    for (const url of ['http://127.0.0.1:80/', 'http://[::1]:9/', 'https://127.9.9.9/', 'http://2130706433/']) {
      expect(await codeOf(url, [], true)).toBe('taken')
    }
    expect(await codeOf('http://localhost:8080/', ['127.0.0.1', '::1'], true)).toBe('taken')
    expect(await codeOf('http://localhost:8080/', ['127.0.0.1', '10.0.0.1'], true)).toBe('webhook.address')
    expect(await codeOf('http://localhost:8080/', [PUBLIC], true)).toBe('webhook.address')
    expect(await codeOf('https://hooks.example.com/', ['127.0.0.1'], true)).toBe('webhook.address')
    expect(await codeOf('http://10.0.0.1/', [], true)).toBe('webhook.url')
    expect(await codeOf('http://hooks.example.com/', [PUBLIC], true)).toBe('webhook.url')
    expect(await codeOf('https://u:p@127.0.0.1/', [], true)).toBe('webhook.url')
  })

  it.each(['https://hooks.example.com/a?b=c', 'https://hooks.example.com:8443/', 'https://hooks.example.com./'])(
    'takes %s',
    async (url) => {
      expect(await codeOf(url, [PUBLIC, '2606:2800:21f:cb07:6820:80da:af6b:8b2c'])).toBe('taken')
      expect(parseTargetUrl(url, { allowLoopback: false }).href).toBe(url)
    },
  )

  it('takes a public address itself', async () => {
    expect(await codeOf(`https://${PUBLIC}/`)).toBe('taken')
    expect(await codeOf('https://[2606:4700::1111]/')).toBe('taken')
    expect(isPublic('::ffff:93.184.215.14')).toBe(true)
  })
})
