/**
 * `node bare-verifier.js FILE`: nothing but `node:crypto`, which verifies the signatures of the envelopes of a file on two
 * threads, half of them each, one after the other: what two cores can do. Each key is imported when a thread first sees it.
 */

import { type KeyObject, verify } from 'node:crypto'
import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { decode } from '@trustmesh/identity'
import { cpuMsSoFar } from '../cpu.ts'
import { host } from '../host.ts'
import { importKey, signedBytes } from '../peers/bare-ed25519.ts'
import { readEnvelopes } from './history.ts'

/** What it took to verify them all. */
export interface Verification {
  readonly wallMs: number
  readonly cpuMs: number
}

const THREADS = 2

type Claimed = readonly [key: Uint8Array, message: Uint8Array, signature: Uint8Array]

async function hostThreads(file: string): Promise<void> {
  const script = new URL(import.meta.url)
  const threads = Array.from({ length: THREADS }, (_, half) => new Worker(script, { workerData: { file, half } }))
  await Promise.all(threads.map((thread) => once(thread, 'message')))
  const verifyAll = async (): Promise<Verification> => {
    const [at, cpu] = [performance.now(), cpuMsSoFar()]
    const answers = threads.map((thread) => once(thread, 'message'))
    for (const thread of threads) thread.postMessage('verify')
    await Promise.all(answers)
    return { wallMs: performance.now() - at, cpuMs: cpuMsSoFar() - cpu }
  }
  host({ verify: verifyAll }, async () => {
    await Promise.all(threads.map((thread) => thread.terminate()))
  })
}

async function verifyWhenTold({ file, half }: { file: string; half: number }): Promise<void> {
  const claimed = (await readEnvelopes(file)).filter((_, i) => i % THREADS === half).map(claimedIn)
  parentPort?.on('message', () => {
    const keys = new Map<string, KeyObject>()
    for (const [key, message, signature] of claimed) {
      const text = Buffer.from(key).toString('latin1')
      const object = keys.get(text) ?? importKey(key)
      keys.set(text, object)
      if (!verify(null, message, object, signature)) throw new Error('a signature does not hold')
    }
    parentPort?.postMessage('done')
  })
  parentPort?.postMessage('ready')
}

function claimedIn(envelope: Uint8Array): Claimed {
  const [, type, payload, key, signature] = decode(envelope) as [1, string, Uint8Array, Uint8Array, Uint8Array]
  return [key, signedBytes(type, key, payload), signature]
}

if (isMainThread) await hostThreads(process.argv[2] ?? '')
else await verifyWhenTold(workerData)
