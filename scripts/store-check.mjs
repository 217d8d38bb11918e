/**
 * `npm run store:check -- DIR`: whether the store in a node's data folder is whole, by `docs/spec/store.md` alone and by
 * nothing of the node's own code. Reads a copy: nothing in the folder changes. Stop the node first.
 *
 * Prints one line of JSON: {"ok", "records", "mended", "faults": [{"code", "key"?}]}. Exits with 0 if the store is whole.
 */

import { spawnSync } from 'node:child_process'
import { createHash, createHmac } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const { Level } = createRequire(new URL('../packages/mesh-node/package.json', import.meta.url))('level')

const [given, copied] = process.argv.slice(2)
if (!given) {
  console.error('usage: npm run store:check -- DIR')
  process.exitCode = 2
} else if (copied) {
  console.log(JSON.stringify(await check(join(given, 'statements'), copied)))
} else {
  // npm runs scripts in the folder of the project.
  report(checkApart(resolve(process.env.INIT_CWD ?? '', given)))
}

function report({ faults, ...rest }) {
  console.log(JSON.stringify({ ok: faults.length === 0, ...rest, faults }))
  process.exitCode = faults.length === 0 ? 0 : 1
}

/** In a process of its own: LevelDB ends the one that reads a table which makes no sense. */
function checkApart(directory) {
  const copy = mkdtempSync(join(tmpdir(), 'trustmesh-check-'))
  try {
    const script = fileURLToPath(import.meta.url)
    const { status, stdout } = spawnSync(process.execPath, [script, directory, join(copy, 'statements')], {
      maxBuffer: Number.POSITIVE_INFINITY,
    })
    return status === 0 ? JSON.parse(stdout) : failed('store.corrupt')
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

async function check(location, copied) {
  try {
    cpSync(location, copied, { recursive: true })
  } catch {
    return failed('store.failed')
  }
  const key = readKey(`${location}.key`)
  if (!key) return failed('store.key')
  const database = await read(copied)
  if (!database) return failed('store.corrupt')
  return { ...judge(key, database.entries, anchorOf(key, `${location}.anchor`)), mended: database.mended }
}

function failed(code) {
  return { records: 0, mended: false, faults: [{ code }] }
}

function judge(key, entries, anchor) {
  const faults = []
  let tally = { generation: -1n, count: 0n, sum: 0n }
  let records = 0n
  let sum = 0n
  for (const [place, sealed] of entries) {
    const bytes = open(key, place, sealed)
    if (place.length === 1 && place[0] === 0) {
      if (bytes?.length !== 1 || bytes[0] !== 2) return failed('store.version')
    } else if (!bytes) faults.push({ code: 'store.damaged', key: place.toString('hex') })
    else if (place[0] === 3) tally = tallyOf(bytes)
    else {
      records += 1n
      sum += BigInt(`0x${sealed.toString('hex', sealed.length - 32)}`)
    }
  }
  const last = anchor?.generation ?? -1n
  const isOther = anchor && tally.generation === last && (anchor.count !== tally.count || anchor.sum !== tally.sum)
  const damaged = BigInt(faults.length)
  if (tally.generation < last) faults.push({ code: 'store.rolled-back' })
  else if (tally.generation > last + 1n || isOther) faults.push({ code: 'store.anchor' })
  if (records + damaged !== tally.count || (damaged === 0n && sum % 2n ** 256n !== tally.sum)) {
    faults.push({ code: 'store.count' })
  }
  return { records: Number(records), faults }
}

function readKey(path) {
  try {
    const bytes = readFileSync(path)
    const hash = createHash('sha256').update(bytes.subarray(0, 32)).digest()
    return hash.equals(bytes.subarray(32)) ? bytes.subarray(0, 32) : null
  } catch {
    return null
  }
}

/** The entries of a database, whose files are mended if they do not fit together. */
async function read(location) {
  for (const mended of [false, true]) {
    const level = new Level(location, { keyEncoding: 'buffer', valueEncoding: 'buffer', createIfMissing: false })
    try {
      if (mended) await Level.repair(location)
      await level.open()
      return { entries: await level.iterator().all(), mended }
    } catch {
      // Once more, or not at all.
    } finally {
      await level.close()
    }
  }
  return null
}

function open(key, place, sealed) {
  const bytes = sealed.subarray(0, -32)
  const tag = createHmac('sha256', key).update(place).update(bytes).digest()
  return sealed.length >= 32 && tag.equals(sealed.subarray(-32)) ? bytes : null
}

function tallyOf(bytes) {
  return {
    generation: bytes.readBigUInt64BE(0),
    count: bytes.readBigUInt64BE(8),
    sum: BigInt(`0x${bytes.toString('hex', 16)}`),
  }
}

function anchorOf(key, path) {
  let bytes = Buffer.alloc(0)
  try {
    bytes = readFileSync(path)
  } catch {
    // Then there is none.
  }
  const slots = [0, 1].map((slot) => open(key, Buffer.of(4, slot), bytes.subarray(slot * 512, slot * 512 + 80)))
  const [a, b] = slots.map((slot) => slot && tallyOf(slot))
  return a && b ? (a.generation > b.generation ? a : b) : (a ?? b)
}
