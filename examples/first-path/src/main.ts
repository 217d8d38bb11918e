/**
 * The first path through TrustMesh, with real processes and real sockets: a node, five agents, one refusal with its reason
 * and its fix, an attestation that changes it, a crowd of Sybils that gets nowhere, a delegation that is used, attenuated,
 * and dead once a link before it is revoked, and an operator who cuts one agent off. The last line is a JSON object with what
 * happened.
 */

import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadOrCreate } from '@trustmesh/identity'
import { FileKeystore, systemRandom } from '@trustmesh/identity/node'
import { Actor } from './actor.ts'
import type { Child } from './child.ts'
import { NodeProcess } from './node-process.ts'
import type { Order } from './orders.ts'

const home = mkdtempSync(join(tmpdir(), 'trustmesh-'))
const log = openSync(join(home, 'log.txt'), 'a')
/** Each from the moment it is started, the latest first. */
const running: Child[] = []
const count = { joined: 0, delivered: 0, denied: 0 }
const SYBILS = 12

interface Crowd {
  readonly score: number
  readonly tier: string
  readonly isServed: boolean
}

try {
  const summary = await story()
  await stop()
  rmSync(home, { recursive: true })
  process.stdout.write(`\n${JSON.stringify(summary)}\n`)
} catch (error) {
  await stop()
  process.stderr.write(`\n${String(error)}\nThe logs of the node and the agents are in ${join(home, 'log.txt')}\n`)
  process.exitCode = 1
}

async function story(): Promise<object> {
  // Nothing of a mesh that this machine may have: a folder and ports of its own.
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('TRUSTMESH_'))
  const own = { TRUSTMESH_HOME: home, TRUSTMESH_LISTEN_PORT: '0', TRUSTMESH_ADMIN_PORT: '0' }
  const env: NodeJS.ProcessEnv = { ...Object.fromEntries(others), ...own }

  // Ada is a person whom this mesh trusts from the start: one of its roots.
  const keys = new FileKeystore({
    directory: join(home, 'agents'),
    random: systemRandom,
    passphrase: async () => null,
    warn: () => {},
  })
  const { identity: root } = await loadOrCreate(keys, 'ada')

  const node = await NodeProcess.start({ ...env, TRUSTMESH_ROOTS: root.did }, log, started)
  say(
    `A node serves at ${node.address.url}`,
    `it is ${node.address.did}`,
    'its keys, its statements and its logs are in a folder of their own',
  )

  const actors = await Promise.all(
    ['ada', 'researcher', 'helper', 'assistant', 'mallory'].map((name) => Actor.start(name, env, log, started)),
  )
  count.joined = actors.length
  const [ada, researcher, helper, assistant, mallory] = actors as [Actor, Actor, Actor, Actor, Actor]
  say(
    'Five agents join, each a process with a key of its own',
    ...actors.map(({ name, did }) => `${name.padEnd(10)} ${did}`),
  )

  say('The researcher serves tasks to whoever is trusted. The helper, whom nobody knows, asks')
  await ask(helper, researcher, 'summarise the paper')

  say('Ada, a root of this mesh, vouches for the four others')
  for (const { did } of [researcher, helper, assistant, mallory])
    await perform(ada, { do: 'attest', whom: did, value: 800 })
  await ask(helper, researcher, 'summarise the paper')
  await ask(mallory, researcher, 'list every secret')

  say(`Mallory makes ${SYBILS} Dids, who vouch for each other as loudly as they can. Their leader asks`)
  const crowd = (await perform(mallory, {
    do: 'crowd',
    size: SYBILS,
    whom: researcher.did,
    task: 'list every secret',
  })) as Crowd
  if (crowd.isServed) throw new Error('a crowd of Sybils was served')
  count.denied++
  tell(`✗ it has the score of somebody who joined a moment ago: ${crowd.score}, ${crowd.tier}`)

  say(
    'The researcher has a search tool, for whoever shows a chain for it. It lends it to the helper, who may lend it on',
  )
  await search(helper, researcher, 'public')
  await perform(researcher, { do: 'lend', whom: helper.did })
  const used = await search(helper, researcher, 'private')

  say('The helper lends it on to the assistant, for the public corpus alone')
  await perform(helper, { do: 'lend', whom: assistant.did, corpus: 'public' })
  const attenuated =
    (await search(assistant, researcher, 'public')) && !(await search(assistant, researcher, 'private'))

  say('The researcher takes back what it lent to the helper. The assistant asks once more')
  await perform(researcher, { do: 'take-back' })
  const dead = !(await search(assistant, researcher, 'public'))
  if (!used || !attenuated || !dead) throw new Error('a delegation was not what it should be')

  say('Mallory has shown its face. The operator revokes it through the admin API')
  const startedMs = performance.timeOrigin + performance.now()
  await node.post('/v1/revocations', { did: mallory.did, reason: 'asked for secrets' })
  const closed = await mallory.closed()
  const cutOffMs = Math.round((closed.atMs - startedMs) * 10) / 10
  tell(`its live session ended ${cutOffMs} ms after the request was sent; it says: ${closed.reason}`)

  const rejoin = await mallory.perform({ do: 'rejoin' })
  const rejoinRefused = rejoin.type === 'failed' && rejoin.code === 'mesh.revoked'
  tell(rejoinRefused ? 'it tries to join again and is refused, with the revocation as proof' : 'it could join again!')
  const late = await mallory.perform({ do: 'ask', whom: researcher.did, task: 'list every secret' })
  if (late.type === 'done') throw new Error('a revoked agent was served')
  await ask(helper, researcher, 'and now the appendix')
  if (!rejoinRefused) throw new Error('a revoked agent could join again')
  const chain = { used, attenuated, dead }
  return { ...count, sybils: { ...crowd, size: SYBILS }, chain, revoked: mallory.did, cutOffMs, rejoinRefused }
}

async function ask(from: Actor, to: Actor, task: string): Promise<boolean> {
  return await send(from, to, `"${task}"`, { do: 'ask', whom: to.did, task })
}

async function search(from: Actor, to: Actor, corpus: string): Promise<boolean> {
  return await send(from, to, `search in ${corpus}`, { do: 'search', whom: to.did, corpus })
}

/** Whether it was answered; if it was denied, with which reason and fix. */
async function send(from: Actor, to: Actor, what: string, order: Order): Promise<boolean> {
  const outcome = await from.perform(order)
  if (outcome.type === 'done') {
    count.delivered++
    tell(`✓ ${from.name} → ${to.name}: ${what}   answered ${JSON.stringify(outcome.answer)}`)
    return true
  }
  if (!outcome.denial) throw new Error(`${from.name} could not ask ${to.name}: ${outcome.code}`)
  count.denied++
  const { code, why, fix } = outcome.denial
  tell(`✗ ${from.name} → ${to.name}: ${what}   ${code}`)
  for (const reason of why) tell(`  why   ${reason}`)
  tell(`  fix   ${fix}`)
  return false
}

/** What has to succeed. */
async function perform(actor: Actor, order: Order): Promise<unknown> {
  const outcome = await actor.perform(order)
  if (outcome.type === 'done') return outcome.answer
  throw new Error(`${actor.name} could not ${order.do}: ${outcome.code}`)
}

function say(headline: string, ...details: string[]): void {
  process.stdout.write(`\n${headline}\n`)
  for (const detail of details) tell(detail)
}

function tell(line: string): void {
  process.stdout.write(`    ${line}\n`)
}

function started(child: Child): void {
  running.unshift(child)
}

async function stop(): Promise<void> {
  for (const child of running) await child.stop()
}
