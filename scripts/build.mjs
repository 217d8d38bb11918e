/** The build: every project that tsconfig.json refers to, and only what changed. */

import { existsSync, readdirSync, rmSync } from 'node:fs'
import { node } from './child.mjs'
import { locked } from './lock.mjs'
import { publishedFolders, root } from './tree.mjs'

/** Runs `tsc -b`, with its output where `stdio` says. */
export const build = (stdio = ['ignore', process.stderr, 'inherit']) =>
  locked(() => {
    for (const folder of publishedFolders()) prune(root + folder)
    return node('node_modules/typescript/bin/tsc', ['-b', '--pretty', 'false'], { stdio })
  })

/** Deletes what was built from a source that is gone: the compiler leaves it, and a package ships all of its dist. */
function prune(folder) {
  if (!existsSync(`${folder}/dist`)) return
  for (const path of readdirSync(`${folder}/dist`, { recursive: true })) {
    const [, name] = /^(.+?)\.(?:d\.ts|js)(?:\.map)?$/.exec(path) ?? []
    if (name && !existsSync(`${folder}/src/${name}.ts`)) rmSync(`${folder}/dist/${path}`)
  }
}
