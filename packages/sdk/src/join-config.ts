import { hexToBytes } from '@noble/hashes/utils.js'
import { type Did, type Identity, meshIdOf, parseDid } from '@trustmesh/identity'
import { equalBytes } from '@trustmesh/protocol'
import {
  answerInvitation,
  type Issuance,
  type PolicyInput,
  parseInvitation,
  parsePolicy,
  TrustError,
} from '@trustmesh/trust/agent'
import * as z from 'zod/mini'
import { MeshError } from './mesh-error.ts'

/** How to join: where the node is, whom to expect there, and which mesh that is. A node writes it as `join.json`. */
export interface JoinConfig {
  /** `ws://` or `wss://`. */
  readonly url: string
  readonly node: Did
  /** The mesh id, 32 bytes. */
  readonly net: Uint8Array
  /** From whom trust starts, and whose revocations of a Did count. */
  readonly policy: PolicyInput
  /** What the agent shows when it joins: that it is invited, where it is. Envelopes. */
  readonly shown?: readonly Uint8Array[]
}

const did = z.pipe(
  z.string(),
  z.transform((text) => parseDid(text)),
)
const schema = z.strictObject({
  version: z.literal(1),
  url: z.string().check(z.maxLength(2048), z.refine(isWebSocketUrl)),
  node: did,
  net: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  root: did,
  roots: z.array(did),
  authorities: z.array(did),
  threshold: z.number(),
})

/** What every WebSocket takes: none opens an URL with a fragment. */
function isWebSocketUrl(text: string): boolean {
  return /^wss?:\/\//.test(text) && URL.canParse(text) && !text.includes('#')
}

/** What an invitation says of where to join. Throws {@link MeshError} `config.malformed`. */
export function invitedTo(invitation: string): JoinConfig {
  try {
    const { url, node, root, authorities, threshold } = parseInvitation(invitation)
    const policy = { roots: [root], authorities, threshold }
    parsePolicy(policy)
    return { url, node, net: meshIdOf(root), policy }
  } catch (cause) {
    throw new MeshError('config.malformed', { cause })
  }
}

/** What an agent shows for its invitation: nothing where that is over, as who has joined before needs none. */
export async function shownBy(
  identity: Identity,
  invitation: string,
  issuance: Issuance,
): Promise<readonly Uint8Array[]> {
  try {
    return await answerInvitation(identity, parseInvitation(invitation), issuance)
  } catch (error) {
    if (error instanceof TrustError && error.code === 'delegation.expiry') return []
    throw error
  }
}

/** Throws {@link MeshError} `config.malformed`. */
export function parseJoinConfig(input: unknown): JoinConfig {
  try {
    const { url, node, net, root, roots, authorities, threshold } = z.parse(schema, input)
    const policy = { roots, authorities, threshold }
    parsePolicy(policy)
    const id = hexToBytes(net)
    if (!equalBytes(id, meshIdOf(root))) throw new TypeError('the mesh id does not belong to the root')
    return { url, node, net: id, policy }
  } catch (cause) {
    throw new MeshError('config.malformed', { cause })
  }
}
