import type { KeyObject } from 'node:crypto'
import { constants, type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { decodeTally, encodeTally, KIND, openAt, sealAt, type Tally } from './format.ts'
import { syncFolder } from './key-file.ts'

/** A sector each, so that writing one cannot tear the other. */
const SLOT_BYTES = 512
const SLOTS = [0, 1] as const
const SEALED_BYTES = 80

/**
 * What the store held when it last acknowledged something, in a file beside the database: without it a database that has
 * lost its end, or is yesterday's, looks as good as any (threats K2, K5). Two slots are written in turn, so that there is
 * always a whole one.
 */
export class Anchor {
  readonly #file: FileHandle
  readonly #key: KeyObject

  /** Opens the file, which is made where there is none. */
  static async open(path: string, key: KeyObject): Promise<Anchor> {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600)
    await syncFolder(dirname(path))
    return new Anchor(file, key)
  }

  private constructor(file: FileHandle, key: KeyObject) {
    this.#file = file
    this.#key = key
  }

  /** The later of the two, if any is whole. */
  async read(): Promise<Tally | null> {
    const found = await Promise.all(SLOTS.map((slot) => this.#readSlot(slot)))
    return found.reduce((a, b) => (a && b ? (a.generation > b.generation ? a : b) : (a ?? b)))
  }

  /** Durable once this resolves. */
  async write(tally: Tally): Promise<void> {
    const slot = tally.generation % SLOTS.length
    const sealed = sealAt(this.#key, placeOfSlot(slot), encodeTally(tally))
    const { bytesWritten } = await this.#file.write(sealed, 0, sealed.length, slot * SLOT_BYTES)
    if (bytesWritten !== sealed.length) throw new Error('the anchor was written in part')
    await this.#file.datasync()
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  async #readSlot(slot: number): Promise<Tally | null> {
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(SEALED_BYTES), 0, SEALED_BYTES, slot * SLOT_BYTES)
    const bytes = openAt(this.#key, placeOfSlot(slot), buffer.subarray(0, bytesRead))
    return bytes && decodeTally(bytes)
  }
}

function placeOfSlot(slot: number): Uint8Array {
  return Uint8Array.of(KIND.anchor, slot)
}
