/** `node subject.js NAME OPTIONS`: one subject in this process, for `inOwnProcess`. It loads nothing of the others. */

import { hostSubject } from './host.ts'
import type { JoinUnderTest } from './joins.ts'

// What stands behind a name is known to its own file.
type Make = (options: never) => JoinUnderTest
const subjects: Readonly<Record<string, () => Promise<Make>>> = {
  TrustMesh: async () => (await import('./subjects/trustmesh-join.ts')).trustMeshJoin,
  libp2p: async () => (await import('./peers/libp2p.ts')).libp2pJoin,
  'bare ws': async () => (await import('./peers/bare-ws.ts')).bareWsJoin,
}

const [name = '', options = '{}'] = process.argv.slice(2)
const make = await subjects[name]?.()
if (!make) throw new Error(`no subject ${name}`)
await hostSubject(make(JSON.parse(options) as never))
