import { bytesToHex } from '@noble/hashes/utils.js'
import type { Did } from '@trustmesh/identity'
import { writeWhole } from './whole-file.ts'

/** How a program on this machine joins: where the node is, whom to expect there, and which mesh that is. Holds no secret. */
export interface JoinFile {
  readonly version: 1
  /** `ws://` or `wss://`. */
  readonly url: string
  readonly node: Did
  /** The mesh id, 64 hex digits. */
  readonly net: string
  readonly root: Did
  /** Dids from which an agent's trust starts unless it has roots of its own. */
  readonly roots: readonly Did[]
  /** Whose revocations of a Did count, and how many of them it takes. */
  readonly authorities: readonly Did[]
  readonly threshold: number
}

export function joinFileOf({ net, ...content }: Omit<JoinFile, 'version' | 'net'> & { net: Uint8Array }): JoinFile {
  return { version: 1, ...content, net: bytesToHex(net) }
}

/** Whole or not at all: a program that starts at this moment reads the old file or the new one. */
export async function writeJoinFile(path: string, file: JoinFile): Promise<void> {
  await writeWhole(path, `${JSON.stringify(file, null, 2)}\n`)
}
