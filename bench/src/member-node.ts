import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Did, loadOrCreate } from '@trustmesh/identity'
import { FileKeystore, systemRandom } from '@trustmesh/identity/node'
import { loadConfig, type Peer, type RunningNode, startNode, writeMeshFile } from '@trustmesh/mesh-node'
import type { Founding } from './founding.ts'
import { until } from './until.ts'

/** A node of a mesh as an operator runs it, on sockets and a folder of its own that goes with it. */
export interface MemberNode extends AsyncDisposable {
  readonly running: RunningNode
  readonly peer: Peer
}

export interface MemberNodeOptions {
  readonly founding: Founding
  /** Whom it dials. */
  readonly peers?: readonly Peer[]
  /** Dids from which trust starts, besides the root of the mesh. */
  readonly roots?: readonly Did[]
}

const QUIET = { info: () => {}, warn: () => {}, error: () => {} }
const LOOPBACK = { host: '127.0.0.1', port: 0 }
/** One operator is all that there is. */
const ADMIN = { ...LOOPBACK, secondOperatorAbove: 1_000_000 }
/** A benchmark does more than anybody may; what it costs to count that is still paid. */
const LIMITS = {
  handshakesPerSecondPerAddress: 100_000,
  messagesPerSecondPerDid: 1_000_000,
  statementsPerSecondPerDid: 100_000,
}

export async function startMember({ founding, peers = [], roots = [] }: MemberNodeOptions): Promise<MemberNode> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trustmesh-bench-'))
  const directory = join(dataDir, 'keys')
  const passphrase = async (): Promise<null> => null
  const keystore = new FileKeystore({ directory, random: systemRandom, passphrase, warn: () => {} })
  const { identity } = await loadOrCreate(keystore, 'node')
  const { chain } = await founding.keys(identity)
  await writeMeshFile(dataDir, { name: '', mesh: founding.mesh, chain, peers })
  const joinFile = join(dataDir, 'join.json')
  const overrides = { dataDir, joinFile, roots, listen: LOOPBACK, admin: ADMIN, limits: LIMITS }
  const running = await startNode(await loadConfig({ overrides }), { log: QUIET, passphrase })
  return {
    running,
    peer: { url: running.url, node: identity.did },
    async [Symbol.asyncDispose]() {
      await running.stop()
      await rm(dataDir, { recursive: true })
    },
  }
}

/** Resolves when a node serves, and is linked with all others of a mesh of so many. */
export function linked({ node }: RunningNode, nodes: number): Promise<void> {
  return until(
    () => node.state === 'serving' && node.members.filter(({ isLinked }) => isLinked).length === nodes - 1,
    20,
  )
}
