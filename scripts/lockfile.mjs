/** The lockfile is the same whatever registry it was made with: it pins content by hash, and names no host. */

import { readFileSync } from 'node:fs'
import { root } from './tree.mjs'

const lines = readFileSync(`${root}pnpm-lock.yaml`, 'utf8').split('\n')
const hosts = lines.filter((line) => /https?:/i.test(line) && !/^\s*deprecated:/.test(line))
const unpinned = lines.filter((line) => /^\s*resolution:/.test(line) && !line.includes('integrity: sha512-'))

for (const line of [...hosts, ...unpinned]) console.log(`pnpm-lock.yaml: ${line.trim()}`)
if (hosts.length + unpinned.length > 0) process.exitCode = 1
console.log(`${lines.filter((line) => /^\s*resolution:/.test(line)).length} packages`)
