import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** `from './cast.js'`, `import './cast.js'`, `import('./cast.js')`: what a module takes from beside itself. */
const BESIDE = /\b(?:from|import)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]+)\1/g

/**
 * SHA-256 of a module and of all that it imports by relative paths, as hex: two are alike where a run of them is, given the same packages.
 * Rejects where one of them cannot be read.
 */
export async function moduleDigest(module: URL): Promise<string> {
  const digest = createHash('sha256')
  const met = new Set([module.href])
  for (const href of met) {
    const source = await readFile(new URL(href))
    digest.update(createHash('sha256').update(source).digest())
    for (const [, , path = ''] of source.toString('utf8').matchAll(BESIDE)) met.add(new URL(path, href).href)
  }
  return digest.digest('hex')
}
