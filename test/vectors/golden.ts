/** The files of `vectors/`: what stands in them, and what the generators say should. */

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sha256 } from './reference.ts'

export type Bytes = Uint8Array

/** The same with every byte string as lower-case hex, which is how it stands in JSON. */
export type Shown<T> = T extends Bytes ? string : T extends object ? { [K in keyof T]: Shown<T[K]> } : T

export function shown<T>(value: T): Shown<T> {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex') as Shown<T>
  if (Array.isArray(value)) return value.map(shown) as Shown<T>
  if (typeof value !== 'object' || value === null) return value as Shown<T>
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(fields.map(([key, field]) => [key, shown(field)])) as Shown<T>
}

export const bytesOf = (hex: string): Bytes => new Uint8Array(Buffer.from(hex, 'hex'))

/** Bytes that look random and follow from their name. */
export function named(name: string, length = 32): Bytes {
  return sha256(Buffer.from(`vectors: ${name}`)).slice(0, length)
}

export const seedOf = (byte: number): Bytes => new Uint8Array(32).fill(byte)
export const turned = (bytes: Bytes, bit: number): Bytes =>
  bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))

const pathOf = (file: string): string => fileURLToPath(new URL(`../../vectors/${file}`, import.meta.url))

/** The text of a golden file as it should be. With TRUSTMESH_WRITE_VECTORS=1 it is written as well. */
export function generated(file: string, content: object): string {
  const text = `${JSON.stringify(shown(content), null, 2)}\n`
  if (process.env['TRUSTMESH_WRITE_VECTORS'] === '1') writeFileSync(pathOf(file), text)
  return text
}

/** The text of a golden file as it is. */
export function onDisk(file: string): string {
  return readFileSync(pathOf(file), 'utf8')
}
