import type { CloseCode, ConductOutcome, Established, HandshakeConduct } from '@trustmesh/protocol'
import type { Timers } from './timers.ts'
import type { Connection, ConnectionHandler } from './transport/connection.ts'

export interface AttemptOptions<State> {
  readonly connection: Connection
  readonly timers: Timers
  readonly handshakeMs: number
  readonly conduct: (conclude: (outcome: ConductOutcome) => void) => HandshakeConduct<State>
  /** Takes over a connection once there is a session. What it throws ends the connection. */
  readonly welcome: (established: Established) => ConnectionHandler
  /** Once: with `null` where there is a session, else with why not. */
  readonly over: (code: string | null) => void
}

/** One connection on its way to a session, in either role. Until then nothing else can happen on it. */
export class Attempt<State> implements ConnectionHandler {
  readonly #options: AttemptOptions<State>
  readonly #conduct: HandshakeConduct<State>
  readonly #cancelDeadline: () => void
  #next: ConnectionHandler | undefined
  #isOver = false

  constructor(options: AttemptOptions<State>) {
    const { timers, handshakeMs, conduct } = options
    this.#options = options
    this.#conduct = conduct((outcome) => this.#conclude(outcome))
    this.#cancelDeadline = timers.after(handshakeMs + 1, () => this.#conduct.tick())
  }

  /** Initiators begin. */
  start(): void {
    this.#conduct.start()
  }

  message(bytes: Uint8Array): void {
    if (this.#next) this.#next.message(bytes)
    else this.#conduct.receive(bytes)
  }

  violation(code: CloseCode): void {
    if (this.#next) this.#next.violation(code)
    else this.#end(code)
  }

  closed(): void {
    if (this.#next) this.#next.closed()
    else this.#end('handshake.abandoned')
  }

  #conclude(outcome: ConductOutcome): void {
    const { connection } = this.#options
    if (outcome.type === 'established') return this.#welcome(outcome.established)
    const code = outcome.type === 'failed' ? outcome.code : 'handshake.refused'
    connection.close(code)
    this.#end(outcome.type === 'failed' ? code : `refused.${outcome.refusal.refusal}`)
  }

  #welcome(established: Established): void {
    const { connection, welcome } = this.#options
    if (this.#isOver) return
    connection.proved()
    try {
      this.#next = welcome(established)
      this.#end(null)
    } catch {
      connection.close('handshake.refused')
      this.#end('handshake.refused')
    }
  }

  #end(code: string | null): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#cancelDeadline()
    this.#conduct.abandon()
    this.#options.over(code)
  }
}
