import { copyFile, open } from 'node:fs/promises'

/** Copies a file so that it belongs to its owner alone, and is on disk once this resolves. */
export async function copyPrivate(from: string, to: string): Promise<void> {
  await copyFile(from, to)
  const file = await open(to, 'r+')
  await file
    .chmod(0o600)
    .then(() => file.sync())
    .finally(() => file.close())
}
