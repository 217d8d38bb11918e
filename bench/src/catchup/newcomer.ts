/** `node newcomer.js SEED`: an empty node on a folder and sockets of its own, as an operator runs it, that catches up when asked. */

import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { FileKeystore, systemRandom } from '@trustmesh/identity/node'
import { loadConfig, type Peer, type RunningNode, startNode, writeMeshFile } from '@trustmesh/mesh-node'
import { cpuMsSoFar } from '../cpu.ts'
import { Founding } from '../founding.ts'
import { host } from '../host.ts'
import { until } from '../until.ts'

/** What it took to catch up. */
export interface CatchUp {
  readonly wallMs: number
  readonly cpuMs: number
  readonly delayP99Ms: number
  readonly delayMaxMs: number
}

const [seed = ''] = process.argv.slice(2)
const quiet = { info: () => {}, warn: () => {}, error: () => {} }
const loopback = { host: '127.0.0.1', port: 0 }
const founding = new Founding(seed)
const empty = await mkdtemp(join(tmpdir(), 'trustmesh-bench-'))
const peer = await prepare()

/** Makes the folder that each start finds, and finds out where the node is to be. */
async function prepare(): Promise<Peer> {
  const directory = join(empty, 'keys')
  const keystore = new FileKeystore({ directory, random: systemRandom, passphrase: async () => null, warn: () => {} })
  const { chain } = await founding.keys(await keystore.create('node'))
  await writeMeshFile(empty, { name: '', mesh: founding.mesh, chain, peers: [] })
  return await withNode(0, async ({ url, node }) => ({ url, node: node.did }))
}

/** From the first link on until it holds so many statements. */
function catchUp(count: number): Promise<CatchUp> {
  return withNode(Number(new URL(peer.url).port), async ({ node }) => {
    await until(() => node.members.some(({ isLinked }) => isLinked))
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const [at, cpu] = [performance.now(), cpuMsSoFar()]
    await until(() => node.statementCount >= count)
    const [wallMs, cpuMs] = [performance.now() - at, cpuMsSoFar() - cpu]
    delay.disable()
    return { wallMs, cpuMs, delayP99Ms: delay.percentile(99) / 1e6, delayMaxMs: delay.max / 1e6 }
  })
}

async function withNode<T>(port: number, use: (running: RunningNode) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trustmesh-bench-'))
  try {
    await cp(empty, dataDir, { recursive: true })
    const overrides = {
      ...{ dataDir, joinFile: join(dataDir, 'join.json') },
      ...{ listen: { ...loopback, port }, admin: loopback },
    }
    await using running = await startNode(await loadConfig({ overrides }), { log: quiet, passphrase: async () => null })
    return await use(running)
  } finally {
    await rm(dataDir, { recursive: true })
  }
}

host({ peer: () => peer, catchUp: (count) => catchUp(count as number) }, () => rm(empty, { recursive: true }))
