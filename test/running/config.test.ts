import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { variableOf } from '../../packages/mesh-node/src/config/environment.ts'
import { inNetworks, isNetwork } from '../../packages/mesh-node/src/config/networks.ts'
import { explainConfig, loadConfig, SETTINGS } from '../../packages/mesh-node/src/config.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

async function withFile<T>(text: string, use: (file: string) => Promise<T>): Promise<T> {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'trustmesh.yaml')
  await writeFile(file, text)
  return await use(file)
}

/** The problems of a config, each as `LINE:COLUMN PATH`, or as `ORIGIN PATH` where it is in no file. */
async function problemsWith(sources: Parameters<typeof loadConfig>[0]): Promise<string[]> {
  const error = await loadConfig(sources).then(
    () => expect.unreachable(),
    (reason) => reason,
  )
  expect(error.code).toBe('config.invalid')
  return error.problems.map(({ at = '', path }: { at?: string; path: string }) =>
    `${at.replace(`${sources?.file}:`, '')} ${path}`.trimEnd(),
  )
}

describe('a config file', () => {
  it('has each problem named with its line and column', async () => {
    const text = [
      'listen:',
      '  port: eighty',
      'limits: { maxSesions: 5 }',
      'roots:',
      '  - did:key:zabc',
      'colour: red',
      'admin: { hosts: [""] }',
      '',
    ].join('\n')
    expect((await withFile(text, (file) => problemsWith({ file }))).sort()).toEqual([
      '2:3 listen.port',
      '3:11 limits.maxSesions',
      '5:5 roots.0',
      '6:1 colour',
      '7:18 admin.hosts.0',
    ])
  })

  it.each([
    ['a key that stands there twice', 'mode: development\nmode: production\n', ['2:1']],
    ['two documents', 'mode: production\n---\nmode: development\n', ['2:1']],
    ['what is no YAML', 'listen: {\n', [expect.stringMatching(/^2:1/)]],
    ['tags that it does not know', 'dataDir: !!js/function x\n', ['1:10']],
    ['aliases', 'tls: &a { cert: x, key: y }\nadmin: *a\n', [expect.stringMatching(/trustmesh\.yaml$/)]],
    ['more than 1 MiB', `# ${'x'.repeat(1_048_576)}\n`, [expect.stringMatching(/trustmesh\.yaml$/)]],
  ])('is refused with %s', async (_, text, problems) => {
    expect(await withFile(text, (file) => problemsWith({ file }))).toEqual(problems)
  })

  it('may be JSON, and says the same', async () => {
    const yaml = await withFile('tls:\n  cert: a.pem\n  key: b.pem\n', (file) => loadConfig({ file }))
    const json = await withFile('{"tls":{"cert":"a.pem","key":"b.pem"}}', (file) => loadConfig({ file }))
    expect(json).toEqual(yaml)
    expect(json.tls).toEqual({ cert: 'a.pem', key: 'b.pem' })
  })
})

describe('problems elsewhere', () => {
  it('are named by their variable, or as a flag', async () => {
    const env = {
      TRUSTMESH_LISTEN_PORT: 'x',
      TRUSTMESH_TRUST_PROXY: '10.0.0.0/8,10.0.0.0/33',
      TRUSTMESH_BEHIND_PROXY: 'yes',
    }
    expect(await problemsWith({ env, flags: ['limits.maxSessions=0', 'colour=red'] })).toEqual([
      'env TRUSTMESH_LISTEN_PORT listen.port',
      'env TRUSTMESH_BEHIND_PROXY behindProxy',
      'env TRUSTMESH_TRUST_PROXY trustProxy.1',
      'flag limits.maxSessions',
      'flag colour',
    ])
  })

  it.each(['listen.port', '=1', 'a b=1', 'listen={', 'listen.port=*a'])('refuse the flag %j', async (flag) => {
    expect(await problemsWith({ flags: [flag] })).toHaveLength(1)
  })

  it('are half a certificate', async () => {
    expect(await problemsWith({ env: { TRUSTMESH_TLS_CERT: 'cert.pem' } })).toEqual(['env TRUSTMESH_TLS_KEY tls.key'])
  })
})

describe(explainConfig, () => {
  it('names the origin of every value', async () => {
    const text = '# a comment\nlisten:\n  port: 1\nlimits:\n  maxSessions: 2\n  maxStatements: 3\n'
    const explained = await withFile(text, async (file) => {
      const env = { TRUSTMESH_LIMITS_MAX_SESSIONS: '4', TRUSTMESH_ROOTS: '', TRUSTMESH_WEBHOOKS_ALLOW_LOOPBACK: 'true' }
      const { values } = await explainConfig({ file, env, flags: ['limits.maxStatements=5', 'admin.hosts=[a, b]'] })
      return Object.fromEntries(
        values.map(({ path, value, origin }) => [path, [value, origin.replace(file, 'FILE')]] as const),
      )
    })
    expect(Object.keys(explained)).toEqual(SETTINGS.map(({ path }) => path.join('.')))
    expect(explained).toMatchObject({
      mode: ['development', 'default'],
      'listen.port': [1, 'FILE:3'],
      'listen.host': ['127.0.0.1', 'default'],
      'limits.maxSessions': [4, 'env TRUSTMESH_LIMITS_MAX_SESSIONS'],
      'limits.maxStatements': [5, 'flag'],
      'admin.hosts': [['a', 'b'], 'flag'],
      'webhooks.allowLoopback': [true, 'env TRUSTMESH_WEBHOOKS_ALLOW_LOOPBACK'],
      'tls.cert': [null, 'default'],
      roots: [[], 'default'],
    })
  })

  it('takes NODE_ENV for the mode, unless somebody says it', async () => {
    const modes = async (env: Record<string, string>, text = '{}'): Promise<unknown> =>
      await withFile(text, async (file) => {
        const { values } = await explainConfig({ file, env })
        return values.find(({ path }) => path === 'mode')
      })
    expect(await modes({ NODE_ENV: 'production' })).toMatchObject({ value: 'production', origin: 'env NODE_ENV' })
    expect(await modes({ NODE_ENV: 'test' })).toMatchObject({ value: 'development', origin: 'default' })
    const said = await modes({ NODE_ENV: 'production' }, 'mode: development')
    expect(said).toMatchObject({ value: 'development', origin: expect.stringMatching(/:1$/) })
  })
})

describe(inNetworks, () => {
  it('tells who is in them, mapped addresses as what they are', () => {
    const isIn = inNetworks(['10.0.0.0/8', 'fd00::/8', '192.0.2.7/32'])
    expect(['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1', '192.0.2.7'].map(isIn)).toEqual([true, true, true, true])
    expect(['11.1.2.3', '192.0.2.8', 'fe80::1', '', 'example', '10.1.2'].map(isIn)).not.toContain(true)
  })

  it.each(['10.0.0.0', '10.0.0.0/33', '::/129', 'localhost/8', '10.0.0.0/8/8', '10.0.0.0/-1', ''])(
    'takes %j for no network',
    (text) => {
      expect(isNetwork(text)).toBe(false)
    },
  )
})

describe('docs/guides/running.md', () => {
  it('documents every setting, its variable, and no other', async () => {
    const guide = await readFile(new URL('../../docs/guides/running.md', import.meta.url), 'utf8')
    const rows = [...guide.matchAll(/^\| `([a-zA-Z.]+)` \| `(TRUSTMESH_[A-Z_]+)` \|/gm)]
    expect(rows.map(([, path, variable]) => [path, variable])).toEqual(
      SETTINGS.map(({ path }) => [path.join('.'), variableOf(path)]),
    )
  })
})
