import { readFile } from 'node:fs/promises'
import { IdentityError } from './identity-error.ts'

/** Where a passphrase may come from. */
export interface PassphraseSources {
  /** The environment: `TRUSTMESH_PASSPHRASE`, or `TRUSTMESH_PASSPHRASE_FILE` with the path of a file whose first line it is. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Asks a person, where there is one. */
  readonly prompt?: () => Promise<string>
}

/**
 * The passphrase from the environment, a file or a prompt, in that order; `null` where none is given. An empty one from the
 * environment or a prompt does not count; rejects with {@link IdentityError} `keystore.passphrase` where the file has none.
 */
export async function readPassphrase({ env, prompt }: PassphraseSources): Promise<string | null> {
  const direct = env['TRUSTMESH_PASSPHRASE']
  if (direct) return direct
  const path = env['TRUSTMESH_PASSPHRASE_FILE']
  if (path) {
    const [line] = (await readFile(path, 'utf8')).split(/\r?\n/)
    // Who names a file wants the keys sealed: it must not come to plaintext because nothing has been written there yet.
    if (!line) throw new IdentityError('keystore.passphrase')
    return line
  }
  return (await prompt?.()) || null
}
