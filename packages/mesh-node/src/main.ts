#!/usr/bin/env node
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { IdentityError } from '@trustmesh/identity'
import { readPassphrase, systemClock } from '@trustmesh/identity/node'
import { TrustError } from '@trustmesh/trust'
import { backUp } from './backup/back-up.ts'
import { restore } from './backup/restore.ts'
import { loadConfig, type NodeConfig } from './config.ts'
import { createLog } from './log.ts'
import { type CommandPorts, init, invite, joinMesh, renew } from './membership/commands.ts'
import { durationMs } from './membership/duration.ts'
import { NodeError } from './node-error.ts'
import { type StartOptions, startNode } from './start-node.ts'

const USAGE = `usage: trustmesh-node [COMMAND] [--config FILE] [--set KEY=VALUE] [--prompt]

  (none)                starts the node; where there is no mesh yet, one of its own
    --accept-loss         goes on without what a damaged store has lost, though no other node can make it whole
  init                  makes a mesh, and its first node
    --name NAME           for people
    --admission KIND      who may join: open (default), or invited
    --root DIR            folder for the root's key; "root" in the data folder unless told otherwise
    --plain-root          leaves that key without a passphrase
  invite --node|--agent prints a token that brings in one node, or agents
    --ttl TIME            how long it holds: 30m, 1h (default), 7d
    --url URL             where they find this node, if not where it listens
  join TOKEN            makes this a node of the mesh which the token is of
  backup DIR            copies the data folder, of a node that runs or not, to a new folder
  restore DIR           makes the data folder, which must be empty, of a backup
  renew --root DIR      has the root extend all memberships by a year, from the next start of this node on

The file is YAML or JSON; TRUSTMESH_CONFIG names it too. The environment wins over it (TRUSTMESH_DATA_DIR, TRUSTMESH_LISTEN_PORT, ...),
and --set over that (listen.port=4210). docs/guides/running.md has all settings. The passphrase of the keys comes from TRUSTMESH_PASSPHRASE, from the file that
TRUSTMESH_PASSPHRASE_FILE names, or, with --prompt, from you.

Prints one line: a token, or JSON; the node, once it serves, {"url","admin","did","joinFile","tokens"}. Logs go to stderr.
`

/** Until the config has said how much it should say. */
let log = createLog()

// A defect that nobody caught: say so, and do not go on in an unknown state (threat O6).
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (err) => {
    log.fatal({ err }, event)
    process.exit(1)
  })
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      config: { type: 'string' },
      set: { type: 'string', multiple: true },
      prompt: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      'accept-loss': { type: 'boolean' },
      name: { type: 'string' },
      admission: { type: 'string' },
      root: { type: 'string' },
      'plain-root': { type: 'boolean' },
      node: { type: 'boolean' },
      agent: { type: 'boolean' },
      ttl: { type: 'string' },
      url: { type: 'string' },
    },
  })
  if (values.help) return print(USAGE)
  const { env } = process
  const configFile = values.config ?? (env['TRUSTMESH_CONFIG'] || undefined)
  const config = await loadConfig({ file: configFile, env, flags: values.set })
  log = createLog(config.log)
  const prompt = values.prompt ? (await import('./prompt.ts')).promptPassphrase : undefined
  const passphrase = once(() => readPassphrase({ env, ...(prompt ? { prompt } : {}) }))
  const ports: CommandPorts = { config, passphrase, warn: (message) => log.warn({}, message) }
  const [command, ...operands] = positionals
  switch (command) {
    case undefined:
      return serve(config, { log, passphrase, configFile, acceptLoss: values['accept-loss'] ?? false })
    case 'init': {
      const { name = '', admission = 'open', root = join(config.dataDir, 'root') } = values
      if (admission !== 'open' && admission !== 'invited') throw misused('--admission is open or invited')
      const options = { name, admission, rootDir: root, isRootPlain: values['plain-root'] ?? false } as const
      return print(`${JSON.stringify(await init(ports, options))}\n`)
    }
    case 'renew':
      return print(`${JSON.stringify(await renew(ports, values.root ?? join(config.dataDir, 'root')))}\n`)
    case 'invite': {
      if (values.node === values.agent) throw misused('invite either --node or --agent')
      const guest = values.node ? 'node' : 'agent'
      return print(`${await invite(ports, { guest, ttlMs: durationMs(values.ttl ?? '1h'), url: values.url })}\n`)
    }
    case 'backup':
    case 'restore': {
      const [folder, more] = operands
      if (folder === undefined || more !== undefined) throw misused(`${command} takes one folder`)
      const { takenAt, files } =
        command === 'backup' ? await backUp(config.dataDir, folder, systemClock) : await restore(folder, config.dataDir)
      return print(`${JSON.stringify({ takenAt, files: files.length, dataDir: config.dataDir })}\n`)
    }
    case 'join': {
      const [token, more] = operands
      if (token === undefined || more !== undefined) throw misused('join takes one token')
      return print(`${JSON.stringify(await joinMesh(ports, token))}\n`)
    }
    default:
      throw misused('no such command; --help lists them')
  }
}

async function serve(config: NodeConfig, options: StartOptions): Promise<void> {
  const running = await startNode(config, options)
  const { url, adminUrl, node, newTokens } = running
  const tokens = Object.fromEntries(newTokens.map(({ name, token }) => [name, token]))
  print(`${JSON.stringify({ url, admin: adminUrl, did: node.did, joinFile: config.joinFile, tokens })}\n`)

  const stop = (signal: string): void => {
    log.info({ signal }, 'stopping')
    void running.stop().then(() => process.exit(0))
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

/** An error with everything that is wrong on a line of its own, and below it what mends that. */
function explained(error: Error): string {
  if (!(error instanceof NodeError) || error.problems.length < 2) return error.message
  const lines = error.problems.map(({ at, code, path, problem, mend }) => {
    const what = `  ${[at, code, path, problem].filter(Boolean).join(': ')}`
    return mend === undefined ? what : `${what}\n      ${mend}`
  })
  return [`${error.code}:`, ...lines].join('\n')
}

function print(text: string): void {
  process.stdout.write(text)
}

/** A person is asked once, whatever number of folders there are. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined
  return () => {
    asked ??= ask()
    return asked
  }
}

function misused(problem: string): NodeError {
  return new NodeError('config.invalid', { problems: [{ path: '', problem }] })
}

main().catch((error: unknown) => {
  const isOurs = [NodeError, IdentityError, TrustError].some((kind) => error instanceof kind)
  if (isOurs || (error instanceof TypeError && 'code' in error)) {
    process.stderr.write(`trustmesh-node: ${explained(error as Error)}\n`)
    process.exit(2)
  }
  log.fatal({ err: error }, 'could not start')
  process.exit(1)
})
