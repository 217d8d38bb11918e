import { base58 } from '@scure/base'
import { IdentityError } from './identity-error.ts'
import { KEY_LENGTH, keyFault } from './key-guard.ts'

/** Multicodec of an Ed25519 public key, as the only varint that is minimal. */
const ED25519_PREFIX = [0xed, 0x01] as const
/** 34 bytes with that prefix always encode to 47 characters that begin with `6Mk`. */
const PATTERN = /^z6Mk[1-9A-HJ-NP-Za-km-z]{44}$/

/** The `publicKeyMultibase` form (W3C Multikey) of 32 raw key bytes. Throws {@link IdentityError} with a `key.*` code. */
export function formatMultikey(key: Uint8Array): string {
  const fault = keyFault(key)
  if (fault) throw new IdentityError(fault)
  const prefixed = new Uint8Array(2 + KEY_LENGTH)
  prefixed.set(ED25519_PREFIX)
  prefixed.set(key, 2)
  return `z${base58.encode(prefixed)}`
}

/**
 * The 32 raw key bytes of a Multikey. The pattern bounds the length before any base58 arithmetic, whose cost is
 * quadratic; re-encoding must give the input back, so that one key has one spelling.
 * Throws {@link IdentityError}: `did.malformed`, or a `key.*` code for bytes that no key may have.
 */
export function parseMultikey(text: string): Uint8Array {
  if (!PATTERN.test(text)) throw new IdentityError('did.malformed')
  let bytes: Uint8Array
  try {
    bytes = base58.decode(text.slice(1))
  } catch (cause) {
    throw new IdentityError('did.malformed', { cause })
  }
  const [first, second] = ED25519_PREFIX
  if (bytes.length !== 2 + KEY_LENGTH || bytes[0] !== first || bytes[1] !== second)
    throw new IdentityError('did.malformed')
  const key = bytes.slice(2)
  if (formatMultikey(key) !== text) throw new IdentityError('did.malformed')
  return key
}
