import { execFile, spawnSync } from 'node:child_process'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const RSA_1024 = ['-newkey', 'rsa:1024']
const P256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']

/** Whether the `openssl` program is here. Where it must be (in CI), absence is an error. */
export function hasOpenssl(): boolean {
  if (spawnSync('openssl', ['version']).status === 0) return true
  if (process.env['CI'] === 'true') throw new Error('openssl is absent')
  console.warn('left out: openssl is absent')
  return false
}

/** Puts a certificate for this machine into a folder, which stands for itself, and its key, whole each. */
export async function makeCertificate(
  folder: string,
  { isWeak = false }: { readonly isWeak?: boolean } = {},
): Promise<{ readonly cert: string; readonly key: string }> {
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  const san = 'subjectAltName=IP:127.0.0.1,DNS:localhost'
  const out = ['-keyout', `${files.key}.new`, '-out', `${files.cert}.new`]
  const args = ['req', '-x509', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', san, ...out]
  await promisify(execFile)('openssl', [...args, ...(isWeak ? RSA_1024 : P256)])
  await rename(`${files.key}.new`, files.key)
  await rename(`${files.cert}.new`, files.cert)
  return files
}
