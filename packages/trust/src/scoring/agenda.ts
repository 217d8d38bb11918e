import { grown, roomFor } from './columns.ts'

/** Nowhere in the heap. */
const ABSENT = -1

/** Whole numbers from 0 on, each with an instant in ms at which it is due: a binary heap that knows where each one is. */
export class Agenda {
  #due = new Float64Array(0)
  #heap = new Int32Array(0)
  #place = new Int32Array(0)
  #size = 0

  /** Puts an entry at another instant. Infinity takes it out. */
  set(entry: number, dueMs: number): void {
    if (entry >= this.#due.length) this.#reserve(roomFor(entry + 1, this.#due.length))
    const place = this.#place[entry] as number
    this.#due[entry] = dueMs
    if (dueMs === Number.POSITIVE_INFINITY) {
      if (place !== ABSENT) this.#removeAt(place)
    } else if (place === ABSENT) {
      this.#put(entry, this.#size++)
      this.#rise(this.#size - 1)
    } else this.#restore(place)
  }

  /** Takes out the entry that is due first, if it is due; or `null`. */
  next(nowMs: number): number | null {
    const first = this.#heap[0] as number
    if (this.#size === 0 || !((this.#due[first] as number) <= nowMs)) return null
    this.#removeAt(0)
    return first
  }

  #removeAt(place: number): void {
    this.#place[this.#heap[place] as number] = ABSENT
    const last = this.#heap[--this.#size] as number
    if (place === this.#size) return
    this.#put(last, place)
    this.#restore(place)
  }

  #restore(place: number): void {
    this.#rise(place)
    this.#sink(place)
  }

  #rise(from: number): void {
    for (let place = from; place > 0; ) {
      const parent = (place - 1) >> 1
      if (!this.#isBefore(place, parent)) return
      this.#swap(place, parent)
      place = parent
    }
  }

  #sink(from: number): void {
    for (let place = from; ; ) {
      const left = 2 * place + 1
      if (left >= this.#size) return
      const child = left + 1 < this.#size && this.#isBefore(left + 1, left) ? left + 1 : left
      if (!this.#isBefore(child, place)) return
      this.#swap(child, place)
      place = child
    }
  }

  #isBefore(a: number, b: number): boolean {
    return (this.#due[this.#heap[a] as number] as number) < (this.#due[this.#heap[b] as number] as number)
  }

  #swap(a: number, b: number): void {
    const entry = this.#heap[a] as number
    this.#put(this.#heap[b] as number, a)
    this.#put(entry, b)
  }

  #put(entry: number, place: number): void {
    this.#heap[place] = entry
    this.#place[entry] = place
  }

  #reserve(room: number): void {
    this.#due = grown(this.#due, room)
    this.#heap = grown(this.#heap, room)
    this.#place = grown(this.#place, room, ABSENT)
  }
}
