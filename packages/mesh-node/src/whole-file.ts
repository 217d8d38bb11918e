import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes a file that belongs to its owner alone, whole or not at all: who reads it at this moment, or after a crash, finds the
 * old one or the new one. Its folder is made where there is none.
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const aside = `${path}.${process.pid}`
  const file = await open(aside, 'w', 0o600)
  await file
    .writeFile(content)
    .then(() => file.sync())
    .finally(() => file.close())
  await rename(aside, path)
  // The name as well: a power cut would bring back the old one.
  const folder = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}
