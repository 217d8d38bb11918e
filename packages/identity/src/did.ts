import QuickLRU from 'quick-lru'
import { IdentityError } from './identity-error.ts'
import { KEY_LENGTH } from './key-guard.ts'
import { formatMultikey, parseMultikey } from './multikey.ts'

declare const canonical: unique symbol

/** A canonical Ed25519 `did:key` string: one key, one spelling, never a weak key. Only {@link parseDid} and {@link didOf} make one. */
export type Did = string & { readonly [canonical]: 'Did' }

const PREFIX = 'did:key:'

// Base58 is quadratic and every frame names somebody: the Dids seen last are kept in both directions.
const keys = new QuickLRU<string, Uint8Array>({ maxSize: 4096 })
const dids = new QuickLRU<string, Did>({ maxSize: 4096 })

/** The Did in `input`, or an {@link IdentityError} with `did.malformed` or a `key.*` code. */
export function parseDid(input: unknown): Did {
  if (typeof input !== 'string' || !input.startsWith(PREFIX)) throw new IdentityError('did.malformed')
  if (!keys.has(input)) remember(input as Did, parseMultikey(input.slice(PREFIX.length)))
  return input as Did
}

/** Narrows without throwing. */
export function isDid(input: unknown): input is Did {
  try {
    parseDid(input)
    return true
  } catch {
    return false
  }
}

/** The Did of 32 raw key bytes. Throws {@link IdentityError} with a `key.*` code. */
export function didOf(key: Uint8Array): Did {
  const known = dids.get(textOf(key))
  if (known) return known
  // A copy, which `slice` of a Buffer is not: whoever changes the bytes later must not change whose they are (threat I13).
  return remember(`${PREFIX}${formatMultikey(key)}` as Did, new Uint8Array(key))
}

/** The 32 raw key bytes of a Did. The array is shared: copy it before writing. */
export function keyOf(did: Did): Uint8Array {
  parseDid(did)
  return keys.get(did) ?? parseMultikey(did.slice(PREFIX.length))
}

function remember(did: Did, key: Uint8Array): Did {
  keys.set(did, key)
  dids.set(textOf(key), did)
  return did
}

/** What a key is remembered by: its bytes as they are. Spread out, or as hex, they would take several times as long. */
function textOf(key: Uint8Array): string {
  return key.length === KEY_LENGTH ? String.fromCharCode.apply(null, key as unknown as number[]) : ''
}
