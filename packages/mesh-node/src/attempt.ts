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

interface UnderWay<State> {
  readonly options: AttemptOptions<State>
  readonly conduct: HandshakeConduct<State>
  readonly cancelDeadline: () => void
}

/** One connection on its way to a session, in either role. Until then nothing else can happen on it. */
export class Attempt<State> implements ConnectionHandler {
  /** Let go of as soon as it is over: it is many times as large as the session that comes of it. */
  #underWay: UnderWay<State> | undefined
  #next: ConnectionHandler | undefined

  constructor(options: AttemptOptions<State>) {
    const conduct = options.conduct((outcome) => this.#conclude(outcome))
    const cancelDeadline = options.timers.after(options.handshakeMs + 1, () => conduct.tick())
    this.#underWay = { options, conduct, cancelDeadline }
  }

  /** Initiators begin. */
  start(): void {
    this.#underWay?.conduct.start()
  }

  message(bytes: Uint8Array): void {
    if (this.#next) this.#next.message(bytes)
    else this.#underWay?.conduct.receive(bytes)
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
    if (outcome.type === 'established') return this.#welcome(outcome.established)
    const code = outcome.type === 'failed' ? outcome.code : 'handshake.refused'
    this.#underWay?.options.connection.close(code)
    this.#end(outcome.type === 'failed' ? code : `refused.${outcome.refusal.refusal}`)
  }

  #welcome(established: Established): void {
    if (!this.#underWay) return
    const { connection, welcome } = this.#underWay.options
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
    if (!this.#underWay) return
    const { options, conduct, cancelDeadline } = this.#underWay
    this.#underWay = undefined
    cancelDeadline()
    conduct.abandon()
    options.over(code)
  }
}
