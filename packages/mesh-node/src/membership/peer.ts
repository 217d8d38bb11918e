import { type Did, isDid } from '@trustmesh/identity'
import * as z from 'zod'

/** Another node: where it is, and who is expected there. */
export interface Peer {
  /** `ws://` or `wss://`. */
  readonly url: string
  readonly node: Did
}

/** As an object, or in short as `did:key:z6Mk…@wss://node.example`. */
export const peerSchema: z.ZodType<Peer> = z.preprocess(
  (input) => {
    if (typeof input !== 'string') return input
    const at = input.indexOf('@')
    return { node: input.slice(0, at), url: input.slice(at + 1) }
  },
  z.strictObject({
    url: z.string().max(2048).refine(isWebSocketUrl, 'not a ws:// or wss:// URL'),
    node: z.custom<Did>(isDid, 'not a canonical did:key'),
  }),
)

function isWebSocketUrl(text: string): boolean {
  return /^wss?:\/\//.test(text) && URL.canParse(text) && !text.includes('#')
}
