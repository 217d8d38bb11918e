/** The repository's own files: nothing installed, built or hidden. */

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

const skipped = new Set(['node_modules', 'dist', 'coverage'])

/** Paths below `folder`, relative to the root and with `/`, sorted. */
export function files(folder = '') {
  return readdirSync(root + folder, { withFileTypes: true })
    .flatMap((entry) => {
      if (entry.name.startsWith('.') || skipped.has(entry.name)) return []
      const path = folder ? `${folder}/${entry.name}` : entry.name
      return entry.isDirectory() ? files(path) : [path]
    })
    .sort()
}

/** The folders of the packages that are published. */
export const publishedFolders = () =>
  files('packages')
    .flatMap((path) => /^(packages\/[^/]+)\/package\.json$/.exec(path)?.[1] ?? [])
    .filter((folder) => !JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8')).private)
