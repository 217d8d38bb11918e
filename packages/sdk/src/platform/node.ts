import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadOrCreate } from '@trustmesh/identity'
import { FileKeystore, readPassphrase, systemClock, systemRandom, userFolders } from '@trustmesh/identity/node'
import { generateKeyPair } from '@trustmesh/protocol/node'
import { MeshError } from '../mesh-error.ts'
import { connectWs } from '../transport/ws.ts'
import { LevelUses } from './level-uses.ts'
import type { Platform } from './platform.ts'

const { env } = process

export const platform: Platform = {
  clock: systemClock,
  random: systemRandom,
  keyPair: generateKeyPair,
  log: {
    info: (message) => void process.stderr.write(`trustmesh: ${message}\n`),
    warn: (message) => void process.stderr.write(`trustmesh: warning: ${message}\n`),
  },
  connect: connectWs,

  async readJoinFile() {
    const path = env['TRUSTMESH_JOIN'] || join(userFolders(env).config, 'join.json')
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    try {
      return text === null ? null : JSON.parse(text)
    } catch (cause) {
      throw new MeshError('config.malformed', { cause })
    }
  },

  invitation: () => env['TRUSTMESH_INVITATION'] || null,

  async openIdentity(name, log) {
    const keystore = new FileKeystore({
      directory: join(userFolders(env).config, 'agents'),
      random: systemRandom,
      passphrase: () => readPassphrase({ env }),
      warn: (message) => log.warn(message),
    })
    const { identity, created } = await loadOrCreate(keystore, name)
    if (created) log.info(`made ${identity.did}, kept in ${await keystore.pathOf(name)}`)
    return identity
  },

  openUses: (did) => {
    const folder = `${did.slice('did:key:'.length)}.uses`
    return LevelUses.open(join(userFolders(env).config, 'agents', folder), systemClock.now())
  },
}
