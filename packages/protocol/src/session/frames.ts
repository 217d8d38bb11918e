/** What travels in a session: `docs/spec/session.md`, SE-4. A frame is `[type, {fields}]`, a message a list of frames. */

import { concatBytes } from '@noble/hashes/utils.js'
import { decode, type Encodable, encode, MAX_STATEMENT_BYTES } from '@trustmesh/identity'
import * as z from 'zod/mini'
import { CLOSE_CODES, type CloseCode } from '../close-codes.ts'
import type { Purpose } from '../handshake/frames.ts'
import { ProtocolError } from '../protocol-error.ts'
import { agentFields } from './agent-frames.ts'
import { bytes, count } from './fields.ts'
import { GUARDS } from './frame-guards.ts'
import { linkFields } from './link-frames.ts'
import { peerFields } from './peer-frames.ts'
import { readPlain } from './plain-reader.ts'

/** Frames in one message, and items in its document: what the strict scan allows. */
export const MAX_FRAMES = 512
export const MAX_ITEMS = 4096

type Unread = Readonly<Record<string, unknown>>

const close = z.strictObject({ code: z.enum(Object.keys(CLOSE_CODES) as [CloseCode, ...CloseCode[]]) })
/** Last in its message: whatever follows in this direction is under the next key. */
const rekey = z.strictObject({})
/** What is said in the sessions of agents and of nodes alike. */
const eitherFields = {
  statement: z.strictObject({ bytes: bytes(1, MAX_STATEMENT_BYTES) }),
  ping: z.strictObject({ n: count }),
  pong: z.strictObject({ n: count }),
  close,
  rekey,
} as const
const fields = { ...eitherFields, ...agentFields, ...linkFields, ...peerFields } as const

type Fields = typeof fields
/** A frame, told apart by `type`. */
export type Frame =
  | { [T in Exclude<keyof Fields, 'rekey'>]: { readonly type: T } & Readonly<z.infer<Fields[T]>> }[Exclude<
      keyof Fields,
      'rekey'
    >]
  | { readonly type: 'rekey' }
/** The frame of a type. */
export type FrameOf<T extends Frame['type']> = Extract<Frame, { type: T }>

const TYPES: Readonly<Record<Purpose, ReadonlySet<string>>> = {
  agent: typesOf(eitherFields, agentFields),
  node: typesOf(eitherFields, linkFields),
  peer: typesOf(peerFields, { close, rekey }),
}

function typesOf(...tables: readonly object[]): ReadonlySet<string> {
  return new Set(tables.flatMap((table) => Object.keys(table)))
}

/** Whether a frame of this type may travel in a session of this purpose, in one direction at least. */
export function belongs(type: Frame['type'], purpose: Purpose): boolean {
  return TYPES[purpose].has(type)
}

/** How many items of a document a value is, with all that is in it. */
export function itemsOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 1
  let items = 1
  if (Array.isArray(value)) for (const each of value) items += itemsOf(each)
  else for (const field in value) items += itemsOfField((value as Unread)[field])
  return items
}

/** With its name; nothing where it is left out. */
function itemsOfField(value: unknown): number {
  return value === undefined ? 0 : 1 + itemsOf(value)
}

export function encodeFrame(frame: Frame): Uint8Array {
  // Many times as fast as a copy without it.
  const fields = { ...frame, type: undefined } as { [key: string]: Encodable | undefined }
  return encode([frame.type, fields])
}

/** A message of frames that are encoded already: a list header, and they behind it; `count` of them, where several are in one piece. */
export function joinFrames(frames: readonly Uint8Array[], count: number = frames.length): Uint8Array {
  if (count > MAX_FRAMES) throw new ProtocolError('frame.too-big')
  const header = count < 16 ? Uint8Array.of(0x90 | count) : Uint8Array.of(0xdc, count >> 8, count)
  return concatBytes(header, ...frames)
}

/** The frames of a message. Throws {@link ProtocolError} `frame.malformed`. */
export function parseFrames(plaintext: Uint8Array): Frame[] {
  let document: unknown
  try {
    document = readPlain(plaintext) ?? decode(plaintext)
  } catch (cause) {
    throw new ProtocolError('frame.malformed', { cause })
  }
  if (!Array.isArray(document) || document.length === 0 || document.length > MAX_FRAMES) {
    throw new ProtocolError('frame.malformed')
  }
  return document.map(parseFrame)
}

function parseFrame(value: unknown): Frame {
  const [type, body] = Array.isArray(value) && value.length === 2 ? (value as [unknown, unknown]) : []
  if (typeof type !== 'string' || !Object.hasOwn(fields, type)) throw new ProtocolError('frame.malformed')
  const read = fieldsOf(type as keyof Fields, body) as { type?: string } | undefined
  if (!read) throw new ProtocolError('frame.malformed')
  // Many times as fast as a copy with it.
  read.type = type
  return read as Frame
}

function fieldsOf(type: keyof Fields, body: unknown): object | undefined {
  // What is no map has no fields either, and would pass for that of a frame that needs none.
  if (body instanceof Uint8Array) return undefined
  const guard = GUARDS[type]
  if (!guard) return fields[type].safeParse(body).data
  return guard(body) ? body : undefined
}
