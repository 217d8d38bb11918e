import { IdentityError } from './identity-error.ts'

const ALPHABET = /^[\w-]*$/

/** Bytes as text that fits into URLs, environments and configuration: base64url without padding (RFC 4648, section 5). */
export function toBase64url(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The bytes of such a text, whose length the caller has bounded. Throws {@link IdentityError} `encoding.base64url`. */
export function fromBase64url(text: string): Uint8Array {
  if (!ALPHABET.test(text) || text.length % 4 === 1) throw new IdentityError('encoding.base64url')
  const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(bytes, (character) => character.charCodeAt(0))
}
