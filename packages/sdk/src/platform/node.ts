import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadOrCreate } from '@trustmesh/identity'
import { FileKeystore, readPassphrase, systemClock, systemRandom, userFolders } from '@trustmesh/identity/node'
import { generateKeyPair } from '@trustmesh/protocol/node'
import { MeshError } from '../mesh-error.ts'
import { textOf } from '../quiet-log.ts'
import { timer } from '../timer.ts'
import { connectWs } from '../transport/ws.ts'
import { FileNotes } from './file-notes.ts'
import { LevelUses } from './level-uses.ts'
import type { Log, Platform } from './platform.ts'

const { env } = process
/** Where a node with no configuration listens. */
const LOCAL = 'http://127.0.0.1:4210/join.json'
const LOCAL_MS = 2_000

export const platform: Platform = {
  clock: systemClock,
  after: timer,
  random: systemRandom,
  keyPair: generateKeyPair,
  log: {
    info: (message) => void process.stderr.write(`trustmesh: ${message}\n`),
    warn: (message) => void process.stderr.write(`trustmesh: warning: ${message}\n`),
  },
  connect: connectWs,

  async readJoinFile(log) {
    const named = env['TRUSTMESH_JOIN']
    const path = named || join(userFolders(env).config, 'join.json')
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (text === null) return named ? null : await localJoinFile(log)
    try {
      return JSON.parse(text)
    } catch (cause) {
      throw new MeshError('config.malformed', { cause })
    }
  },

  invitation: () => env['TRUSTMESH_INVITATION'] || null,

  async openKept(name, log) {
    const directory = join(userFolders(env).config, 'agents')
    const keystore = new FileKeystore({
      directory,
      random: systemRandom,
      passphrase: () => readPassphrase({ env }),
      warn: (message) => log.warn(message),
    })
    const { identity, created } = await loadOrCreate(keystore, name)
    if (created) log.info(`made ${identity.did}, kept in ${await keystore.pathOf(name)}`)
    const notes = await FileNotes.open(join(directory, `${name}.notes`), (error) => {
      log.warn(`what was learned of other agents is forgotten with this run: ${textOf(error)}`)
    })
    return { identity, keystore, notes }
  },

  openUses: (did) => {
    const folder = `${did.slice('did:key:'.length)}.uses`
    return LevelUses.open(join(userFolders(env).config, 'agents', folder), systemClock.now())
  },
}

/** How to join as the node on this machine tells it, on its usual port; `null` where there is none. */
async function localJoinFile(log: Log): Promise<unknown> {
  const deadline = new AbortController()
  const cancelTimer = timer(LOCAL_MS, () => deadline.abort())
  try {
    const response = await fetch(LOCAL, { redirect: 'error', signal: deadline.signal })
    if (!response.ok) return null
    const file: unknown = await response.json()
    log.info(`no join file: going by what ${LOCAL} says of itself`)
    return file
  } catch {
    return null
  } finally {
    cancelTimer()
  }
}
