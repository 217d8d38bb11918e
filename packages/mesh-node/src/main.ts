#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { readPassphrase } from '@trustmesh/identity/node'
import { pino } from 'pino'
import { loadConfig } from './config.ts'
import { NodeError } from './node-error.ts'
import { startNode } from './start-node.ts'

const USAGE = `usage: trustmesh-node [--config FILE] [--prompt]

Starts a node. What the file does not say, the environment may: TRUSTMESH_DATA_DIR, TRUSTMESH_LISTEN_PORT,
TRUSTMESH_ADMIN_PORT, TRUSTMESH_JOIN_FILE, ... The passphrase of its keys comes from TRUSTMESH_PASSPHRASE, from the file
that TRUSTMESH_PASSPHRASE_FILE names, or, with --prompt, from you.

Prints one line of JSON once it serves: {"url","admin","did","joinFile","tokens"}. Logs go to stderr.
`

const log = pino({ name: 'trustmesh-node' }, pino.destination(2))

// A defect that nobody caught: say so, and do not go on in an unknown state (threat O6).
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (err) => {
    log.fatal({ err }, event)
    process.exit(1)
  })
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { config: { type: 'string' }, prompt: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) return void process.stdout.write(USAGE)
  const { env } = process
  const config = await loadConfig({ file: values.config, env })
  const prompt = values.prompt ? (await import('./prompt.ts')).promptPassphrase : undefined
  const running = await startNode(config, {
    log,
    passphrase: () => readPassphrase({ env, ...(prompt ? { prompt } : {}) }),
  })
  const { url, adminUrl, node, newTokens } = running
  const tokens = Object.fromEntries(newTokens.map(({ name, token }) => [name, token]))
  process.stdout.write(
    `${JSON.stringify({ url, admin: adminUrl, did: node.did, joinFile: config.joinFile, tokens })}\n`,
  )

  const stop = (signal: string): void => {
    log.info({ signal }, 'stopping')
    void running.stop().then(() => process.exit(0))
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

main().catch((error: unknown) => {
  if (error instanceof NodeError || (error instanceof TypeError && 'code' in error)) {
    process.stderr.write(`trustmesh-node: ${error.message}\n`)
    process.exit(2)
  }
  log.fatal({ err: error }, 'could not start')
  process.exit(1)
})
