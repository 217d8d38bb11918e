/** Ada, whom a mesh trusts from the start: tells her Did, or vouches for whoever is named. */

import { join } from 'node:path'
import { loadOrCreate, parseDid } from '@trustmesh/identity'
import { FileKeystore, readPassphrase, systemRandom, userFolders } from '@trustmesh/identity/node'
import { joinMesh } from '@trustmesh/sdk'

const [whom, value = '800'] = process.argv.slice(2)
const keystore = new FileKeystore({
  directory: join(userFolders(process.env).config, 'agents'),
  random: systemRandom,
  passphrase: () => readPassphrase(process),
  warn: console.warn,
})
// There before any node is, so that a node can be told of it: TRUSTMESH_ROOTS.
const { identity } = await loadOrCreate(keystore, 'ada')

if (whom === undefined) {
  console.log(identity.did)
} else {
  await using mesh = await joinMesh({ name: 'ada', identity })
  await mesh.attest(parseDid(whom), { value: Number(value) })
  console.log(`ada vouches for ${whom}`)
}
