import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig, startNode } from '@trustmesh/mesh-node'

/** What somebody who joins must know of a node; plain data. */
export interface NodeInfo {
  url: string
  node: string
  net: string
}

const quiet = { info: () => {}, warn: () => {}, error: () => {} }

/** A node as an operator runs it, on a folder of its own: store, audit log, metrics and admin API included. */
export async function startBenchNode(): Promise<{ info: NodeInfo; stop(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'trustmesh-bench-'))
  const endpoint = { host: '127.0.0.1', port: 0 }
  const config = await loadConfig({
    env: { TRUSTMESH_HOME: home },
    // A benchmark joins more often than anybody may; what it costs to count that is still paid.
    overrides: { listen: endpoint, admin: endpoint, limits: { handshakesPerSecondPerAddress: 100_000 } },
  })
  const running = await startNode(config, { log: quiet, passphrase: async () => null })
  const { url, node, net } = JSON.parse(await readFile(config.joinFile, 'utf8')) as NodeInfo
  return {
    info: { url, node, net },
    async stop() {
      await running.stop()
      await rm(home, { recursive: true })
    },
  }
}
