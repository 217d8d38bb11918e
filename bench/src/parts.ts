import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { type Benchmark, peerRow } from './benchmark.ts'
import { costOf } from './cpu.ts'
import { median, repeated } from './paired.ts'

/**
 * Cryptography of which a handshake is made, in microseconds of CPU each, with `node:crypto` at its fastest: signing
 * and verifying with key objects that are kept, keys as objects, a peer's key already imported where it is agreed with.
 */
export interface Parts {
  /** One Ed25519 signature over 128 bytes. */
  sign: number
  /** One Ed25519 verification over 128 bytes. */
  verify: number
  /** One fresh X25519 key pair, as key objects. */
  x25519Key: number
  /** One X25519 agreement. */
  x25519Agree: number
  /** Making a key object of a peer's 32 raw bytes: not one of the parts that `sumOfParts` adds up. */
  x25519Import: number
}

const timesPerSample = 200
const unit = 'µs of CPU each, less is better'

/** Measures each part now, one after the other. */
export async function measureParts(): Promise<Parts> {
  const message = Buffer.alloc(128, 7)
  const identity = generateKeyPairSync('ed25519')
  const signature = sign(null, message, identity.privateKey)
  const mine = generateKeyPairSync('x25519')
  const theirs = generateKeyPairSync('x25519')
  // The raw bytes end the DER form. (Exporting a generated key as JWK can hang for ever on Node 20.20.)
  const raw = theirs.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
  return {
    sign: await microsOf(() => sign(null, message, identity.privateKey)),
    verify: await microsOf(() => verify(null, message, identity.publicKey, signature)),
    x25519Key: await microsOf(() => generateKeyPairSync('x25519')),
    x25519Agree: await microsOf(() => diffieHellman({ privateKey: mine.privateKey, publicKey: theirs.publicKey })),
    x25519Import: await microsOf(() => importX25519(raw)),
  }
}

/** What one side of a full handshake cannot do without: one of each, in microseconds of CPU. */
export function sumOfParts({ sign, verify, x25519Key, x25519Agree }: Parts): number {
  return sign + verify + x25519Key + x25519Agree
}

/**
 * One of each part, done once for each call: what a responder that only signs, verifies, makes a key and agrees would do. The
 * new public key is had as raw bytes, and the peer's comes as raw bytes, because that is how they travel.
 */
export function partsOnce(): () => void {
  const message = Buffer.alloc(128, 7)
  const identity = generateKeyPairSync('ed25519')
  const signature = sign(null, message, identity.privateKey)
  const raw = generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
  return () => {
    const { privateKey } = generateKeyPairSync('x25519', { publicKeyEncoding: { format: 'jwk' } } as object)
    diffieHellman({ privateKey: privateKey as unknown as KeyObject, publicKey: importX25519(raw) })
    sign(null, message, identity.privateKey)
    verify(null, message, identity.publicKey, signature)
  }
}

/** The benchmark `parts`: each part by itself, medians. */
export const run: Benchmark = async ({ rounds = 40, progress }) => {
  progress(`parts: ${rounds} rounds`)
  await repeated(3, measureParts)
  const samples = await repeated(rounds, measureParts)
  const row = (id: string, figure: (parts: Parts) => number) => peerRow(id, median(samples.map(figure)), unit)
  return {
    rows: [
      row('ed25519-sign', (parts) => parts.sign),
      row('ed25519-verify', (parts) => parts.verify),
      row('x25519-key', (parts) => parts.x25519Key),
      row('x25519-agree', (parts) => parts.x25519Agree),
      row('x25519-import', (parts) => parts.x25519Import),
      row('sum', sumOfParts),
    ],
  }
}

function importX25519(raw: Buffer): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: raw.toString('base64url') }, format: 'jwk' })
}

async function microsOf(operation: () => unknown): Promise<number> {
  const { cpuMs } = await costOf(() => {
    for (let time = 0; time < timesPerSample; time++) operation()
  })
  return (cpuMs / timesPerSample) * 1000
}
