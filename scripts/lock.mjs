/** One preparation of this checkout at a time. */

import { createHash } from 'node:crypto'
import { mkdir, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from './tree.mjs'

const beatMs = 2_000
const deadMs = 15_000

// Outside the checkout, because an install may replace node_modules as a whole.
const path = join(tmpdir(), `trustmesh-${createHash('sha256').update(root).digest('hex').slice(0, 16)}.lock`)

/** Runs `work` while no other process runs one. A holder that was killed stops beating, and is dead after 15 s. */
export async function locked(work) {
  let told = false
  while (!(await take())) {
    const touched = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    )
    if (Date.now() - touched > deadMs) await rm(path, { recursive: true, force: true })
    if (!told) process.stderr.write('waiting for another run that prepares this checkout\n')
    told = true
    await sleep(200)
  }
  const beat = setInterval(() => utimes(path, new Date(), new Date()).catch(() => undefined), beatMs)
  try {
    return await work()
  } finally {
    clearInterval(beat)
    await rm(path, { recursive: true, force: true })
  }
}

async function take() {
  try {
    await mkdir(path)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}
