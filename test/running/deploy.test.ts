import { execFile, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '@trustmesh/mesh-node'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { variableOf } from '../../packages/mesh-node/src/config/environment.ts'
import { SETTINGS } from '../../packages/mesh-node/src/config.ts'
import { TestNode } from '../e2e/kit.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const deploy = join(root, 'deploy')
const read = (path: string): string => readFileSync(join(deploy, path), 'utf8')

/** What the node takes from the environment, besides its settings. */
const OTHER_VARIABLES = ['TRUSTMESH_HOME', 'TRUSTMESH_PASSPHRASE_FILE', 'NODE_ENV', 'NODE_EXTRA_CA_CERTS']
const VARIABLES = [...SETTINGS.map(({ path }) => variableOf(path)), ...OTHER_VARIABLES]

interface Service {
  readonly image: string
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly user: string
  readonly read_only: boolean
  readonly cap_drop: readonly string[]
  readonly security_opt: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes: readonly string[]
  readonly ports: readonly string[]
  readonly secrets: readonly string[]
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
  readonly volumes: Readonly<Record<string, object>>
}

const compose = parse(read('compose.yaml'), { merge: true }) as Compose

describe('compose.yaml', () => {
  it('is of three nodes and Prometheus', () => {
    expect(Object.keys(compose.services)).toEqual(['one', 'two', 'three', 'prometheus'])
    expect(Object.values(compose.services).filter(({ build }) => build)).toHaveLength(3)
  })

  it.each(Object.entries(compose.services))('gives %s nothing that it does not need', (_, service) => {
    expect(service.read_only).toBe(true)
    expect(service.cap_drop).toEqual(['ALL'])
    expect(service.security_opt).toEqual(['no-new-privileges:true'])
    expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:/)
    expect(service.image).not.toMatch(/:latest$|\.[a-z]+\//)
  })

  it.each(Object.entries(compose.services))('names for %s what there is', (_, service) => {
    for (const secret of service.secrets) expect(Object.keys(compose.secrets)).toContain(secret)
    for (const volume of service.volumes) {
      const [source = ''] = volume.split(':')
      if (source.startsWith('.')) expect(existsSync(join(deploy, source))).toBe(true)
      else expect(Object.keys(compose.volumes)).toContain(source)
    }
    if (service.build) expect(existsSync(join(deploy, service.build.context, service.build.dockerfile))).toBe(true)
    for (const [name, value] of Object.entries(service.environment ?? {})) {
      expect(VARIABLES).toContain(name)
      const [, secret] = /^\/run\/secrets\/(.+)$/.exec(value) ?? []
      if (secret !== undefined) expect(service.secrets).toContain(secret)
    }
  })

  it('makes configs that a node takes', async () => {
    for (const { environment } of Object.values(compose.services)) {
      if (environment) expect(await loadConfig({ env: { ...environment, NODE_ENV: 'production' } })).toBeDefined()
    }
  })
})

describe('Dockerfile', () => {
  const lines = read('Dockerfile').replaceAll('\\\n', ' ').split('\n')
  const instructions = lines.flatMap((line) => {
    const [, name = '', rest = ''] = /^([A-Z]+) +(.*)$/.exec(line) ?? []
    return name ? [{ name, rest }] : []
  })
  const all = (name: string): string[] => instructions.filter((it) => it.name === name).map(({ rest }) => rest)

  it('has nothing but instructions, and comments', () => {
    const known = 'FROM|WORKDIR|COPY|RUN|USER|ENV|VOLUME|EXPOSE|STOPSIGNAL|HEALTHCHECK|CMD'
    const odd = lines.filter((line) => line !== '' && !line.startsWith('#') && !new RegExp(`^(${known}) `).test(line))
    expect(odd).toEqual([])
    const image = 'node:20-bookworm-slim'
    expect(all('FROM')).toEqual([`${image} AS build`, `${image} AS app`, image])
  })

  it('ends as a user of its own, who has a health check', () => {
    const last = instructions.map(({ name }) => name).lastIndexOf('FROM')
    const final = instructions.slice(last)
    expect(final.filter(({ name }) => name === 'USER').map(({ rest }) => rest)).toEqual(['10001:10001'])
    expect(final.findIndex(({ name }) => name === 'USER')).toBeGreaterThan(
      final.findLastIndex(({ name }) => name === 'RUN'),
    )
    expect(all('HEALTHCHECK')).toEqual([expect.stringContaining('healthcheck.mjs')])
    expect(all('VOLUME')).toEqual(['/var/lib/trustmesh'])
    // No entry point: what somebody names runs in its place.
    expect(all('CMD')).toEqual(['["trustmesh-node"]'])
  })

  it('copies and runs what there is', () => {
    for (const copied of all('COPY').filter((rest) => !rest.startsWith('--from='))) {
      for (const source of copied.split(' ').slice(0, -1)) expect(existsSync(join(root, source))).toBe(true)
    }
    expect(all('RUN').join()).toContain('node scripts/run.mjs build')
    const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(all('RUN').join()).toContain(`npx --yes ${packageManager} install --prod --frozen-lockfile `)
    for (const folder of ['cli', 'mesh-node']) {
      const { name, bin } = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'))
      const [[command = '', path = ''] = []] = Object.entries<string>(bin)
      expect(read('Dockerfile')).toContain(`packages/${folder}/${path.replace('./', '')} /usr/local/bin/${command}`)
      expect(name).toBe(`@trustmesh/${folder}`)
    }
  })

  it('sets variables that the node knows', () => {
    const names = [
      ...all('ENV')
        .join(' ')
        .matchAll(/([A-Z_]+)=/g),
    ].map(([, name]) => name)
    expect(names).toEqual(['NODE_ENV', 'TRUSTMESH_HOME', 'TRUSTMESH_LISTEN_HOST'])
    for (const name of names) expect(VARIABLES).toContain(name)
  })
})

describe('trustmesh.yaml', () => {
  it('is a config of a node', async () => {
    const { mode, tls } = await loadConfig({ file: join(deploy, 'trustmesh.yaml') })
    expect([mode, tls?.cert]).toEqual(['production', '/etc/trustmesh/cert.pem'])
  })
})

describe('the unit of systemd', () => {
  const unit = join(deploy, 'systemd', 'trustmesh-node.service')

  it('ends a start that is refused, and starts as the guide says', () => {
    const text = readFileSync(unit, 'utf8')
    expect(text).toContain('\nRestartPreventExitStatus=2\n')
    expect(text).toMatch(
      /^ExecStart=.*\/mesh-node\/bin\/trustmesh-node\.js --config \/etc\/trustmesh\/trustmesh\.yaml$/m,
    )
    const [, environment = ''] = /^Environment=(.*)$/m.exec(text) ?? []
    for (const assignment of environment.split(' ')) expect(VARIABLES).toContain(assignment.split('=')[0])
  })

  it.skipIf(isAbsent('systemd-analyze'))('is what systemd takes, and nearly closed', () => {
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' })
    expect([verified.status, verified.stderr.includes(basename(unit))]).toEqual([0, false])
    const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', unit], { encoding: 'utf8' })
    expect(Number(/exposure level for \S+: (\d\.\d)/.exec(stdout)?.[1])).toBeLessThan(2)
  })
})

describe('what Prometheus and Grafana ask for', () => {
  interface Rules {
    readonly groups: readonly { readonly rules: readonly Rule[] }[]
  }
  interface Rule {
    readonly alert: string
    readonly expr: string
    readonly labels: { readonly severity: string }
    readonly annotations: { readonly summary: string; readonly runbook: string }
  }
  interface Panel {
    readonly id: number
    readonly targets: readonly { readonly expr: string }[]
  }
  interface Job {
    readonly job_name: string
    readonly static_configs: readonly [{ readonly targets: readonly [string] }]
    readonly tls_config: { readonly ca_file: string }
    readonly authorization: { readonly credentials_file: string }
  }
  const rules = (parse(read('prometheus/alerts.yml')) as Rules).groups.flatMap((group) => group.rules)
  const dashboard = JSON.parse(read('grafana/trustmesh.json')) as { readonly panels: readonly Panel[] }
  const asked = [
    ...rules.map(({ expr }) => expr),
    ...dashboard.panels.flatMap((it) => it.targets.map(({ expr }) => expr)),
  ]
  const namesIn = (expr: string): string[] => expr.match(/\b(?:trustmesh|process|nodejs)_[a-z0-9_]+/g) ?? []

  it('is what a node counts', async () => {
    await using node = await TestNode.start()
    const { text } = await node.call('/metrics')
    const counted = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name)
    for (const expr of asked) {
      expect(namesIn(expr).length + Number(expr.startsWith('up{'))).toBeGreaterThan(0)
      for (const name of namesIn(expr)) expect(counted).toContain(name)
    }
    // Of those with labels, the labels.
    for (const name of ['serving', 'synced', 'audit']) expect(text).toContain(`trustmesh_check{name="${name}"} 1`)
    const own = counted.filter((name) => name?.startsWith('trustmesh_'))
    const shown = new Set(asked.flatMap(namesIn))
    expect(own.filter((name) => name !== undefined && !shown.has(name))).toEqual([])
  })

  it('leads to what to do', () => {
    expect(rules.length).toBeGreaterThan(5)
    for (const { labels, annotations } of rules) {
      expect(['warning', 'critical']).toContain(labels.severity)
      expect(existsSync(join(root, annotations.runbook))).toBe(true)
    }
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
  })

  it('is found where Prometheus looks', () => {
    const { rule_files: rules, scrape_configs: jobs } = parse(read('prometheus/prometheus.yml'))
    for (const file of rules) expect(existsSync(join(deploy, 'prometheus', file))).toBe(true)
    const hosts = jobs.map((job: Job) => job.static_configs[0].targets[0].split(':')[0])
    expect(hosts).toEqual(Object.keys(compose.services).filter((name) => name !== 'prometheus'))
    for (const { job_name: name } of jobs) expect(name).toMatch(/^trustmesh-.+$/)
    const { secrets } = compose.services['prometheus'] as Service
    const files = jobs.flatMap((job: Job) => [job.tls_config.ca_file, job.authorization.credentials_file])
    expect(secrets.map((name) => `/run/secrets/${name}`).sort()).toEqual([...new Set(files)].sort())
  })

  it.skipIf(isAbsent('promtool'))('is what promtool takes', () => {
    const prometheus = join(deploy, 'prometheus')
    expect(spawnSync('promtool', ['check', 'rules', join(prometheus, 'alerts.yml')]).status).toBe(0)
    const config = join(prometheus, 'prometheus.yml')
    expect(spawnSync('promtool', ['check', 'config', '--syntax-only', config]).status).toBe(0)
  })
})

describe('healthcheck.mjs', () => {
  const check = (env: Record<string, string>): Promise<number> =>
    new Promise((resolve) => {
      const child = execFile(process.execPath, [join(deploy, 'healthcheck.mjs')], { env })
      child.once('close', (code) => resolve(code ?? -1))
    })

  it('fails where nobody listens, and where the token is nobody’s', async () => {
    await using folder = await temporaryFolder()
    await using node = await TestNode.start()
    const file = join(folder.path, 'token')
    const port = { TRUSTMESH_ADMIN_PORT: new URL(node.adminUrl).port }
    await writeFile(file, 'tmvw_nobody\n')
    expect(await check({ ...port, TRUSTMESH_HEALTH_TOKEN_FILE: file })).toBe(1)
    expect(await check(port)).toBe(0)
    await node.stop()
    expect(await check(port)).toBe(1)
  })
})

/** Whether a program is not here; what needs it is left out, and said so in docs/guides/running.md. */
function isAbsent(program: string): boolean {
  if (spawnSync(program, ['--version']).error === undefined) return false
  console.warn(`left out: ${program} is absent`)
  return true
}
