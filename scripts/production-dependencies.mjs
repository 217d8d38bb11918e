/** What of others the packages bring along where they are installed: from the lockfile, which has all of it, by content. */

import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { root } from './tree.mjs'

const lock = parse(readFileSync(`${root}pnpm-lock.yaml`, 'utf8'))

/** Folders of the published packages, `packages/trust` and so on. */
export const importers = Object.keys(lock.importers).filter((path) => path.startsWith('packages/'))

/** Names of what a package asks for itself, those of this repository left out. */
export function directOf(importer) {
  return Object.entries(lock.importers[importer].dependencies ?? {})
    .filter(([, { version }]) => !version.startsWith('link:'))
    .map(([name, { version }]) => keyOf(name, version))
}

/** All that comes with a package, by its key in the lockfile; other packages of this repository count with what they bring. */
export function closureOf(importer) {
  const found = new Set()
  const seen = new Set()
  const visit = (path) => {
    if (seen.has(path)) return
    seen.add(path)
    for (const { version } of Object.values(lock.importers[path].dependencies ?? {})) {
      if (version.startsWith('link:')) visit(new URL(version.slice(5), `file:///${path}/`).pathname.slice(1))
    }
    for (const key of directOf(path)) add(key)
  }
  const add = (key) => {
    if (found.has(key)) return
    found.add(key)
    for (const next of neededBy(key)) add(next)
  }
  visit(importer)
  return [...found].sort()
}

/** What something of others needs itself, for some platforms included. */
export function neededBy(key) {
  const { dependencies = {}, optionalDependencies = {} } = lock.snapshots[key] ?? {}
  return Object.entries({ ...dependencies, ...optionalDependencies }).map(([name, version]) => keyOf(name, version))
}

/** Name, version and SHA-512 (as hex) of something of others. */
export function contentOf(key) {
  const plain = key.replace(/\(.*$/, '')
  const at = plain.lastIndexOf('@')
  const { integrity } = lock.packages[plain].resolution
  const sha512 = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex')
  return { name: plain.slice(0, at), version: plain.slice(at + 1), sha512 }
}

function keyOf(name, version) {
  return lock.snapshots[version] ? version : `${name}@${version}`
}
