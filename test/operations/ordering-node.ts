/**
 * A program for the test beside it: `DATA_DIR LANES`, a node whose operators order one revocation after the other in each of so
 * many lanes, every third of them a batch, and that prints each target once it has its answer.
 */

import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { type Did, generateIdentity } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { loadConfig, startNode } from '@trustmesh/mesh-node'

const [dataDir = '', lanes = ''] = process.argv.slice(-2)
const at = { host: '127.0.0.1', port: 0 }
const overrides = {
  dataDir,
  joinFile: join(dataDir, 'join.json'),
  listen: at,
  admin: { ...at, secondOperatorAbove: 1e6 },
}
const quiet = (): void => {}
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
const { node } = await startNode(await loadConfig({ overrides }), { log, passphrase: async () => null })

const someone = (): Did => generateIdentity(systemRandom).did

async function order(lane: number): Promise<void> {
  for (let n = 0; ; n++) {
    const targets = Array.from({ length: n % 3 === 0 ? 3 : 1 }, () => ({ did: someone() }))
    const { state } = await node.control.order(
      { verb: 'revoke', targets, reason: 'a test' },
      { name: `operator ${lane}`, role: 'operator' },
    )
    if (state === 'in-force') for (const { did } of targets) writeSync(1, `${did}\n`)
  }
}

await Promise.all(Array.from({ length: Number(lanes) }, (_, lane) => order(lane)))
