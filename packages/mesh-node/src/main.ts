#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { IdentityError } from '@trustmesh/identity'
import { readPassphrase } from '@trustmesh/identity/node'
import { TrustError } from '@trustmesh/trust'
import { loadConfig, type NodeConfig } from './config.ts'
import { createLog } from './log.ts'
import { NodeError } from './node-error.ts'
import { type StartOptions, startNode } from './start-node.ts'

const USAGE = `usage: trustmesh-node [--config FILE] [--set KEY=VALUE] [--prompt] [--accept-loss]

Runs the node on this machine until it is told to end: what images and units start. A node that has no mesh makes one of its own;
"trustmesh" makes one in earnest, or joins one, and does all else.

  --config FILE     YAML or JSON; TRUSTMESH_CONFIG names it too
  --set KEY=VALUE   one setting, over all others: listen.port=4210
  --prompt          asks for the passphrase of the keys
  --accept-loss     goes on without what a damaged store has lost, though no other node can make it whole

The environment wins over the file (TRUSTMESH_DATA_DIR, TRUSTMESH_LISTEN_PORT, ...), and --set over that. docs/guides/running.md has all settings.
The passphrase comes from TRUSTMESH_PASSPHRASE, from the file that TRUSTMESH_PASSPHRASE_FILE names, or, with --prompt, from you.

Prints one line once it serves: {"url","admin","did","joinFile","tokens"}. Logs go to stderr.
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
  const { values } = parseArgs({
    options: {
      config: { type: 'string' },
      set: { type: 'string', multiple: true },
      prompt: { type: 'boolean' },
      'accept-loss': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return print(USAGE)
  const { env } = process
  const configFile = values.config ?? (env['TRUSTMESH_CONFIG'] || undefined)
  const config = await loadConfig({ file: configFile, env, flags: values.set })
  log = createLog(config.log)
  const prompt = values.prompt ? (await import('./prompt.ts')).promptPassphrase : undefined
  const passphrase = once(() => readPassphrase({ env, ...(prompt ? { prompt } : {}) }))
  await serve(config, { log, passphrase, configFile, acceptLoss: values['accept-loss'] ?? false })
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
  if (!(error instanceof NodeError) || error.problems.length === 0) return error.message
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

main().catch((error: unknown) => {
  const isOurs = [NodeError, IdentityError, TrustError].some((kind) => error instanceof kind)
  if (isOurs || (error instanceof TypeError && 'code' in error)) {
    process.stderr.write(`trustmesh-node: ${explained(error as Error)}\n`)
    process.exit(2)
  }
  log.fatal({ err: error }, 'could not start')
  process.exit(1)
})
