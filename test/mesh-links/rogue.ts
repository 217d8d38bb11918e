import type { Identity } from '@trustmesh/identity'
import type { Purpose, Refusal } from '@trustmesh/protocol'
import { attempt, RawSocket, someone, type WireSession } from '../e2e/kit.ts'
import type { Member, NodeMesh } from './node-mesh.ts'

/** Comes to a node as another node; whether it is a member is for `shown` to say. */
export async function knock(
  member: Member,
  identity: Identity,
  shown: readonly Uint8Array[],
  purpose: Purpose = 'node',
): Promise<WireSession | Refusal> {
  const ended = await attempt(await RawSocket.open(member.joinFile.url), member.joinFile, identity, purpose, shown)
  if (ended.type === 'session') return ended.session
  if (ended.type === 'refused') return ended.refusal
  throw new Error(`the handshake ended: ${ended.type}`)
}

/** A member of which every frame is in the test's hands. */
export async function rogue(
  mesh: NodeMesh,
  place: number,
  identity: Identity = someone(),
): Promise<{ readonly identity: Identity; readonly link: WireSession }> {
  const link = await knock(mesh.at(place), identity, await mesh.admit(identity.did))
  if ('refusal' in link) throw new Error(`refused: ${link.refusal}`)
  return { identity, link }
}
