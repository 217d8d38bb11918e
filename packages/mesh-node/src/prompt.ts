import password from '@inquirer/password'

/** Asks the person at the terminal for the passphrase of the keys, without showing it. */
export function promptPassphrase(): Promise<string> {
  return password({ message: 'Passphrase of the keys' }, { output: process.stderr })
}
