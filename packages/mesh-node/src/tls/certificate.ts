import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** What can be wrong with a certificate and its key. */
export type CertificateFault =
  | 'tls.expired'
  | 'tls.key-mismatch'
  | 'tls.not-yet-valid'
  | 'tls.unreadable'
  | 'tls.weak-key'

/** A certificate, with those that lead to its root, and its key: PEM, as Node.js takes them. */
export interface Certificate {
  readonly cert: Buffer
  readonly key: Buffer
  /** Unix ms. */
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

/** A certificate, or why it must not be served; never both. */
export type ReadCertificate =
  | { readonly certificate: Certificate; readonly faults: readonly [] }
  | { readonly certificate: null; readonly faults: readonly CertificateFault[] }

/** What gives 112 bits of security and more (NIST SP 800-57). */
const MIN_RSA_BITS = 2048
const CURVES: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1']

/** Reads a certificate and its key, and looks for everything that is wrong with them at a time. */
export async function readCertificate(
  files: { readonly cert: string; readonly key: string },
  nowMs: number,
): Promise<ReadCertificate> {
  try {
    const [cert, key] = await Promise.all([readFile(files.cert), readFile(files.key)])
    const x509 = new X509Certificate(cert)
    const certificate = { cert, key, notBeforeMs: Date.parse(x509.validFrom), notAfterMs: Date.parse(x509.validTo) }
    const faults: CertificateFault[] = []
    if (nowMs < certificate.notBeforeMs) faults.push('tls.not-yet-valid')
    if (nowMs >= certificate.notAfterMs) faults.push('tls.expired')
    if (!x509.checkPrivateKey(createPrivateKey(key))) faults.push('tls.key-mismatch')
    if (isWeak(x509.publicKey)) faults.push('tls.weak-key')
    return faults.length > 0 ? { certificate: null, faults } : { certificate, faults: [] }
  } catch {
    return { certificate: null, faults: ['tls.unreadable'] }
  }
}

function isWeak({ asymmetricKeyType: type, asymmetricKeyDetails = {} }: KeyObject): boolean {
  const { modulusLength = 0, namedCurve = '' } = asymmetricKeyDetails
  const isStrong: Readonly<Record<string, boolean>> = {
    rsa: modulusLength >= MIN_RSA_BITS,
    'rsa-pss': modulusLength >= MIN_RSA_BITS,
    ec: CURVES.includes(namedCurve),
    ed25519: true,
    ed448: true,
  }
  return type === undefined || isStrong[type] !== true
}
