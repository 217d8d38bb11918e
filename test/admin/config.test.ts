import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../packages/mesh-node/src/config.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { someDid } from './fixture.ts'

async function problemsWith(sources: Parameters<typeof loadConfig>[0]): Promise<string[]> {
  const error = await loadConfig(sources).then(
    () => expect.unreachable(),
    (reason) => reason,
  )
  expect(error.code).toBe('config.invalid')
  return error.problems.map(({ path }: { path: string }) => path)
}

async function withFile<T>(text: string, use: (file: string) => Promise<T>): Promise<T> {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'config.json')
  await writeFile(file, text)
  return await use(file)
}

describe(loadConfig, () => {
  it('names every problem by its path', async () => {
    const text = '{"limits":{"maxSesions":1,"maxSessions":1.5},"listen":{"port":"80"},"admin":null,"colour":"red"}'
    const paths = await withFile(text, (file) => problemsWith({ file }))
    expect(paths.sort()).toEqual(['admin', 'colour', 'limits.maxSesions', 'limits.maxSessions', 'listen.port'])
  })

  it.each(['', '[]', 'null', '3', '{"__proto__":{"dataDir":"x"}}', '{"constructor":1}'])(
    'refuses the file %j',
    async (text) => {
      expect(await withFile(text, (file) => problemsWith({ file }))).toHaveLength(1)
    },
  )

  it('refuses a file that is not there', async () => {
    expect(await problemsWith({ file: join('no', 'such', 'file') })).toEqual([''])
  })

  it('refuses numbers beyond their bounds, from wherever they come', async () => {
    for (const port of ['65536', '-1', '1e3', '0x50', ' 1', 'eighty']) {
      expect(await problemsWith({ env: { TRUSTMESH_LISTEN_PORT: port } })).toEqual(['listen.port'])
    }
    for (const handshakeTimeoutMs of [0, 2 ** 31, Number.NaN, 1000.5]) {
      expect(await problemsWith({ overrides: { limits: { handshakeTimeoutMs } } })).toEqual([
        'limits.handshakeTimeoutMs',
      ])
    }
  })

  it('refuses roots that are no canonical Dids', async () => {
    for (const roots of ['did:key:zabc', `${someDid()},`, `${someDid()}, ${someDid()}`]) {
      expect(await problemsWith({ env: { TRUSTMESH_ROOTS: roots } })).toEqual([expect.stringMatching(/^roots\.\d$/)])
    }
  })

  it('takes lists with commas from the environment, and an empty one as nothing', async () => {
    const dids = [someDid(), someDid()]
    const { roots, allowedOrigins } = await loadConfig({
      env: { TRUSTMESH_ROOTS: dids.join(), TRUSTMESH_ALLOWED_ORIGINS: '' },
    })
    expect([roots, allowedOrigins]).toEqual([dids, []])
  })

  it('takes peers as objects, or in short, and none that is not where and who', async () => {
    const peer = { url: 'wss://mesh.example/a', node: someDid() }
    const { peers } = await loadConfig({ env: { TRUSTMESH_PEERS: `${peer.node}@${peer.url}` } })
    expect(peers).toEqual([peer])
    expect((await loadConfig({ overrides: { peers: [peer] } })).peers).toEqual([peer])
    for (const wrong of ['x', peer.url, peer.node, `${peer.node}@http://a`, `x@${peer.url}`, `${peer.node}@ws://a#b`]) {
      expect(await problemsWith({ env: { TRUSTMESH_PEERS: wrong } })).toContainEqual(expect.stringMatching(/^peers\.0/))
    }
  })

  it('listens on the loopback only, unless told otherwise', async () => {
    const { listen, admin } = await loadConfig()
    expect([listen.host, admin.host]).toEqual(['127.0.0.1', '127.0.0.1'])
  })

  it('takes the file, then the environment over it, then the overrides', async () => {
    const text = '{"dataDir":"/file","limits":{"maxSessions":1,"handshakeTimeoutMs":1000},"listen":{"port":1}}'
    const config = await withFile(text, (file) =>
      loadConfig({
        file,
        env: {
          TRUSTMESH_LIMITS_MAX_SESSIONS: '2',
          TRUSTMESH_LISTEN_PORT: '2',
          TRUSTMESH_ADMIN_HOST: '',
          TRUSTMESH_OTHER: 'x',
        },
        overrides: { listen: { port: 3 }, dataDir: undefined },
      }),
    )
    expect(config.dataDir).toBe('/file')
    expect(config.limits).toMatchObject({ handshakeTimeoutMs: 1000, maxSessions: 2 })
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 3 })
    expect(config.admin.host).toBe('127.0.0.1')
  })
})
