import type { Identity } from '@trustmesh/identity'
import { joinMesh, type Mesh } from '@trustmesh/sdk'
import { Founding } from '../founding.ts'

/** The mesh of this benchmark: one node, and agents whose names are their keys. */
export const founding: Founding = new Founding('messages')

/** Trust starts from these two, besides the root of the mesh: what either says meets any requirement. */
export const [sender, receiver]: readonly [Identity, Identity] = [
  founding.identity('sender'),
  founding.identity('receiver'),
]

/** Joins by the public SDK, as a user would; `place` is what the hub has said. */
export async function join(name: string, place: string): Promise<Mesh> {
  return await joinMesh({ name, identity: founding.identity(name), join: JSON.parse(place), log: QUIET })
}

const QUIET = { info: () => {}, warn: () => {} }
