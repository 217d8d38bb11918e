import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = process.env['TRUSTMESH_SHARED'] ?? fileURLToPath(new URL('../../shared', import.meta.url))

/** Whether the vectors and data made by others stand beside the project. Where they must (in CI), absence is an error. */
export function hasShared(path: string): boolean {
  if (existsSync(`${root}/${path}`)) return true
  if (process.env['CI'] === 'true') throw new Error(`${path} is absent from ${root}`)
  console.warn(`left out: ${path} is absent from ${root} (set TRUSTMESH_SHARED)`)
  return false
}

export function readShared(path: string): string {
  return readFileSync(`${root}/${path}`, 'utf8')
}
