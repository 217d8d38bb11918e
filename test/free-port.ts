import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below what the kernel hands out for a port of 0 and for connections: who stops listening here finds its port free
 * again. A part for each of vitest's workers, so that two of them never wait for the same one.
 */
const FIRST = 12_000
const PART = 2_000
const PARTS = 10

const part = FIRST + (Number(process.env['VITEST_POOL_ID'] ?? 0) % PARTS) * PART
let next = Math.floor(Math.random() * PART)

/** A port of 127.0.0.1 on which nobody listens, and which stays free for whoever asked. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < PART; tried++) {
    const port = part + (next++ % PART)
    if (await isFree(port)) return port
  }
  throw new Error(`no port is free from ${part} to ${part + PART - 1}`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
  } catch {
    return false
  }
  await once(server.close(), 'close')
  return true
}
