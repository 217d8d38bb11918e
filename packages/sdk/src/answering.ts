import type { Did } from '@trustmesh/identity'
import { LIMITS } from '@trustmesh/protocol'
import { encodeFailure } from './bodies.ts'
import type { Deadlines } from './deadlines.ts'
import type { MeshErrorCode } from './mesh-error.ts'
import type { Incoming } from './peers/incoming-line.ts'
import type { Outgoing } from './peers/outgoing-line.ts'
import type { Span } from './telemetry.ts'

export interface AnsweringPorts {
  /** Gives back why, where it is not taken. */
  readonly say: (to: Did, answer: Outgoing) => MeshErrorCode | undefined
  /** Once, when the handler has ended. */
  readonly ended: (answering: Answering) => void
  readonly deadlines: Pick<Deadlines, 'after'>
}

const NOTHING = new Uint8Array()
/** How long a caller may take over what it has been sent: nothing else would tell of one that is gone. */
const TAKING_MS = 600_000

/** A message that is being handled: what goes back, for as long as anybody waits for it. */
export class Answering {
  readonly from: Did
  readonly message: Incoming
  readonly #ports: AnsweringPorts
  /** The handler, as it is traced. */
  span: Span | undefined
  /** Asks the gate again whether the caller may have more; set while a stream runs. Does not reject. */
  renew: (() => Promise<unknown>) | undefined
  #controller: AbortController | undefined
  /** Nobody waits any more; the handler may go on all the same. */
  #isOver = false
  #isEnded = false
  /** Items that the caller still takes, and bytes of those that it has not heard. */
  #granted: number
  #unheardBytes = 0
  #wake: (() => void) | undefined

  constructor(from: Did, message: Incoming, ports: AnsweringPorts) {
    this.from = from
    this.message = message
    this.#ports = ports
    this.#granted = message.grant ?? 0
  }

  /** Made when it is first asked for: most handlers never do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isOver) this.#controller.abort()
    return this.#controller.signal
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /**
   * The handler has ended, and this is the answer; one-way messages have none. One that is not taken is an error for the caller,
   * and why it was not is given back.
   */
  end(
    kind: 'reply' | 'error' | 'end',
    body: Uint8Array = NOTHING,
    shown: Pick<Outgoing, 'receipt' | 'calls'> = {},
  ): MeshErrorCode | undefined {
    if (this.#isEnded) return undefined
    this.#isEnded = true
    const isAwaited = !this.#isOver && this.message.kind !== 'one-way'
    this.#finish(kind === 'error' ? 'request.failed' : undefined)
    this.#ports.ended(this)
    if (!isAwaited) return undefined
    const refused = this.#say({ kind, body, ...shown })
    if (refused && kind !== 'error') this.#say({ kind: 'error', body: encodeFailure({ code: 'failed' }) })
    return refused
  }

  /** Resolves once the caller takes another item; false where it takes none any more. */
  async mayGoOn(): Promise<boolean> {
    while (!this.#isOver && (this.#granted === 0 || this.#unheardBytes >= LIMITS.unheardBytes)) {
      const cancelDeadline = this.#ports.deadlines.after(TAKING_MS, () => this.abandon())
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      cancelDeadline()
    }
    return !this.#isOver
  }

  /** Gives back why it was not taken, if it was not: then there is a gap, and nothing may follow but an error. */
  item(body: Uint8Array): MeshErrorCode | undefined {
    if (this.#isOver) return undefined
    const heard = (): void => {
      this.#unheardBytes -= body.length
      this.#wake?.()
    }
    this.#granted--
    this.#unheardBytes += body.length
    return this.#say({ kind: 'item', body, heard })
  }

  grant(items: number): void {
    this.#granted = Math.min(this.#granted + items, LIMITS.grant)
    this.#wake?.()
  }

  /** Nothing more may go back but why; the handler learns that nobody waits any more, and ends in its own time. */
  stop(failure: Uint8Array): void {
    if (this.#isOver) return
    this.abandon()
    this.#say({ kind: 'error', body: failure })
  }

  /** Nobody waits any more. */
  abandon(): void {
    this.#finish('request.aborted')
    this.#controller?.abort()
  }

  #say(answer: Omit<Outgoing, 're'>): MeshErrorCode | undefined {
    return this.#ports.say(this.from, { ...answer, re: this.message.n })
  }

  #finish(code: string | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    this.span?.end(code)
    this.#wake?.()
  }
}
