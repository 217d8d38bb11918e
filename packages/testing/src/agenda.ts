/** Something that is to happen. */
export interface Appointment {
  /** Virtual time, in ms. */
  readonly at: number
  /** Of two at one time the one that was made first comes first. */
  readonly order: number
  /** `null` where it was called off, or is done. */
  act: (() => void) | null
  /** It happens because of something that was done, and not because time has passed. */
  readonly isUnderWay: boolean
}

/** Fewer than this that were called off are left where they are. */
const MANY = 1_024

/** What is to happen, soonest first: a binary heap. */
export class Agenda {
  #heap: Appointment[] = []
  /** How many of them were called off, at most. */
  #calledOff = 0

  get first(): Appointment | undefined {
    return this.#heap[0]
  }

  /** With those that were called off, until they go. */
  get size(): number {
    return this.#heap.length
  }

  add(appointment: Appointment): void {
    const heap = this.#heap
    let index = heap.push(appointment) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isBefore(appointment, heap[parent] as Appointment)) break
      heap[index] = heap[parent] as Appointment
      index = parent
    }
    heap[index] = appointment
  }

  /** One of them was: once most of them were, they go, and not only when their time comes. */
  calledOff(): void {
    this.#calledOff++
    if (this.#calledOff < MANY || this.#calledOff < this.#heap.length / 2) return
    // In order they are a heap.
    this.#heap = this.#heap.filter(({ act }) => act !== null).sort((a, b) => (isBefore(a, b) ? -1 : 1))
    this.#calledOff = 0
  }

  removeFirst(): void {
    const heap = this.#heap
    if (heap[0]?.act === null) this.#calledOff = Math.max(0, this.#calledOff - 1)
    const last = heap.pop()
    if (!last || heap.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Appointment, heap[child] as Appointment)) child++
      if (!isBefore(heap[child] as Appointment, last)) break
      heap[index] = heap[child] as Appointment
      index = child
    }
    heap[index] = last
  }
}

function isBefore(a: Appointment, b: Appointment): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
