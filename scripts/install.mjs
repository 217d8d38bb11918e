/** The dependencies of this checkout, as the lockfile has them. */

import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { run } from './child.mjs'
import { locked } from './lock.mjs'
import { files, root } from './tree.mjs'

const stampPath = `${root}node_modules/.trustmesh-install`
const version = /^pnpm@(\d+\.\d+\.\d+)/.exec(JSON.parse(readFileSync(`${root}package.json`, 'utf8')).packageManager)[1]

/**
 * Installs unless the last install was of the same lockfile and manifests; returns the exit code. All it prints is one
 * line, and, of an install that failed, everything.
 */
export async function install() {
  if (isCurrent()) return 0
  return locked(async () => {
    if (isCurrent()) return 0
    rmSync(stampPath, { force: true })
    process.stderr.write(`installing dependencies with pnpm ${version}\n`)
    // Development dependencies whatever NODE_ENV says, and no question whether to replace a foreign node_modules.
    const args = ['install', '--frozen-lockfile', '--prod=false', '--config.confirmModulesPurge=false']
    const { code, output } = await pnpm(args)
    if (code !== 0) {
      process.stderr.write(`${output}\ninstalling dependencies failed (exit code ${code})\n`)
      return code
    }
    writeFileSync(`${stampPath}.${process.pid}`, stamp())
    renameSync(`${stampPath}.${process.pid}`, stampPath)
    return 0
  })
}

/** Runs the pnpm that package.json names: the one on PATH where it is that version, else by way of npx. */
export async function pnpm(args) {
  // The project's .npmrc silences npm's banners; the reason why an install failed must be heard all the same.
  const env = { ...process.env, npm_config_loglevel: 'error' }
  const options = { stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32', env }
  const onPath = await run('pnpm', ['--version'], options).catch(() => null)
  if (onPath?.code === 0 && onPath.output.trim() === version) return run('pnpm', args, options)
  return run('npx', ['--yes', `pnpm@${version}`, ...args], options)
}

function isCurrent() {
  return existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp()
}

function stamp() {
  const hash = createHash('sha256')
  const manifests = files().filter((path) => /(^|\/)package\.json$/.test(path))
  for (const path of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests]) {
    hash.update(`${path}\n`).update(readFileSync(root + path))
  }
  return hash.digest('hex')
}
