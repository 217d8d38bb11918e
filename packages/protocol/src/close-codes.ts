/**
 * One row for everything that ends a connection: the WebSocket close code that the remote side sees, and whether trying
 * again can help it. Before a session exists the number is all that the remote learns; a refusal with its reasons travels
 * sealed, in frame 4 of the handshake.
 */
export interface CloseRow {
  readonly ws: number
  readonly retry: boolean
}

const rows = {
  'session.closed': { ws: 1000, retry: true },
  'node.draining': { ws: 1001, retry: true },
  'frame.text': { ws: 1003, retry: false },
  'frame.too-big': { ws: 1009, retry: false },
  'node.busy': { ws: 1013, retry: true },
  'frame.malformed': { ws: 4400, retry: true },
  'frame.unsealed': { ws: 4401, retry: true },
  'frame.unexpected': { ws: 4402, retry: true },
  'handshake.malformed': { ws: 4403, retry: true },
  'handshake.unexpected': { ws: 4403, retry: true },
  'handshake.unsealed': { ws: 4403, retry: true },
  'handshake.signature': { ws: 4403, retry: true },
  'handshake.peer': { ws: 4403, retry: true },
  'handshake.mesh': { ws: 4403, retry: true },
  'handshake.reflected': { ws: 4403, retry: true },
  'handshake.weak-key': { ws: 4403, retry: true },
  'handshake.cookie': { ws: 4403, retry: true },
  'handshake.signer': { ws: 4403, retry: true },
  'handshake.refused': { ws: 4404, retry: true },
  'handshake.timeout': { ws: 4408, retry: true },
  'session.idle': { ws: 4408, retry: true },
  'session.superseded': { ws: 4409, retry: false },
  'session.revoked': { ws: 4410, retry: true },
  'session.suspended': { ws: 4411, retry: true },
  'session.evicted': { ws: 4412, retry: true },
  'session.slow-consumer': { ws: 4413, retry: true },
  'handshake.version': { ws: 4426, retry: false },
  'session.rate-limited': { ws: 4429, retry: true },
} as const satisfies Record<string, CloseRow>

/** Why a connection ended. Stable. */
export type CloseCode = keyof typeof rows

/** Of each code the number that WebSocket has for it, and whether another attempt can help. */
export const CLOSE_CODES: Readonly<Record<CloseCode, CloseRow>> = rows

/** Why a responder that has verified an initiator still lets it in no further. Stable; travels sealed. */
export const REFUSALS = ['revoked', 'suspended', 'not-invited', 'busy', 'syncing', 'draining'] as const
/** One of {@link REFUSALS}. */
export type RefusalCode = (typeof REFUSALS)[number]

/** Whether a text is a {@link CloseCode}. */
export function isCloseCode(text: string): text is CloseCode {
  return Object.hasOwn(rows, text)
}
