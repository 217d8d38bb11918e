/** Version of the wire. There is nothing to negotiate in it: a change of anything is a new number. */
export const PROTOCOL_VERSION = 1
/** X25519, HKDF-SHA256, ChaCha20-Poly1305, Ed25519, SHA-256. The only suite; suites are numbered, never renumbered. */
export const SUITE = 1
