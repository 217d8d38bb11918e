/** What each published package would be to those who install it: a tarball, read by publint and by arethetypeswrong. */

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endAs, node, run } from './child.mjs'
import { pnpm } from './install.mjs'
import { files, publishedFolders, root } from './tree.mjs'

const stdio = ['ignore', 'pipe', 'pipe']
const complaints = []

await endAs(async () => {
  const folders = publishedFolders()
  const target = mkdtempSync(join(tmpdir(), 'trustmesh-pack-'))
  try {
    const filters = folders.flatMap((folder) => ['--filter', `./${folder}`])
    const { code, output } = await pnpm(['--recursive', ...filters, 'pack', '--pack-destination', target])
    const tarballs = readdirSync(target).filter((name) => name.endsWith('.tgz'))
    if (code !== 0 || tarballs.length !== folders.length) {
      complaints.push(`pnpm pack made ${tarballs.length} tarballs of ${folders.length} packages\n${output}`)
    }
    for (const name of tarballs) await inspect(join(target, name))
    for (const folder of folders) compareOutputs(folder)
    for (const complaint of complaints) console.log(complaint)
    console.log(`${tarballs.length} packages`)
    return complaints.length === 0 ? 0 : 1
  } finally {
    rmSync(target, { recursive: true, force: true })
  }
})

async function inspect(tarball) {
  const [contents, ...results] = await Promise.all([
    run('tar', ['-tzf', tarball], { stdio }),
    node('node_modules/publint/src/cli.js', ['run', tarball, '--strict'], { stdio }),
    node('node_modules/@arethetypeswrong/cli/dist/index.js', [tarball, '--profile', 'esm-only'], { stdio }),
  ])
  for (const { code, output } of results) if (code !== 0) complaints.push(output)
  const stowaways = contents.output.split('\n').filter((path) => /\.test\.|\.tsbuildinfo$|(^|\/)\.env/.test(path))
  if (contents.code !== 0 || stowaways.length > 0) complaints.push(`${tarball} contains ${stowaways.join(', ')}`)
}

/** A package is built from all of its source, and from nothing else. */
function compareOutputs(folder) {
  const dist = `${root}${folder}/dist`
  const all = existsSync(dist) ? readdirSync(dist, { recursive: true }) : []
  const built = all.filter((path) => path.endsWith('.js'))
  const expected = files(`${folder}/src`)
    .filter((path) => /(?<!\.d|\.test)\.ts$/.test(path))
    .map((path) => path.slice(`${folder}/src/`.length).replace(/ts$/, 'js'))
  for (const path of expected) if (!built.includes(path)) complaints.push(`${folder}/dist/${path} was not built`)
  for (const path of built) if (!expected.includes(path)) complaints.push(`${folder}/dist/${path} has no source`)
}
