import { type Clock, type Identity, openStatement, type Random } from '@trustmesh/identity'
import {
  type ConductOutcome,
  HandshakeConduct,
  type InitiatorState,
  initiator,
  type KeyPair,
  LIMITS,
  stepInitiator,
} from '@trustmesh/protocol'
import { StatementSet } from '@trustmesh/trust'
import { Attempt } from '../attempt.ts'
import type { Mesh } from '../mesh.ts'
import { NodeError } from '../node-error.ts'
import type { Timers } from '../timers.ts'
import type { Connection, ConnectionHandler, Dial } from '../transport/connection.ts'
import type { Peer } from './peer.ts'

export interface PetitionPorts {
  readonly dial: Dial
  readonly clock: Clock
  readonly random: Random
  readonly keyPair: () => KeyPair
  readonly timers: Timers
}

export interface PetitionOptions extends PetitionPorts {
  readonly identity: Identity
  readonly mesh: Mesh
  readonly inviter: Peer
  /** What shows that this node is invited. */
  readonly attachments: readonly Uint8Array[]
}

/** How long it may take from the first call to the answer. */
const ANSWER_MS = 15_000
/** How soon it calls again where nobody has taken the call. */
const AGAIN_MS = 250

/** A node asks the one that has invited it to be made a member. */
export class Petition {
  readonly #options: PetitionOptions
  /** Holds what begins with the root of the mesh, and nothing else. */
  readonly #set: StatementSet
  readonly #ended: Promise<readonly Uint8Array[]>
  #connection: Connection | undefined
  #cancelDial: () => void = () => {}
  #settle: (chain: readonly Uint8Array[] | string) => void = () => {}

  constructor(options: PetitionOptions) {
    const { net, root, authorities, threshold } = options.mesh
    this.#options = options
    const policy = { roots: [root], authorities: [...authorities], threshold }
    this.#set = new StatementSet({ net, policy, admission: { root } })
    this.#ended = new Promise((resolve, reject) => {
      this.#settle = (chain) => {
        if (typeof chain !== 'string') resolve(chain)
        else reject(new NodeError('mesh.not-joined', { detail: chain }))
      }
    })
  }

  /** The chain that makes the node a member, as envelopes. Rejects with `mesh.not-joined`. */
  async chain(): Promise<readonly Uint8Array[]> {
    const { inviter, timers } = this.#options
    const cancel = timers.after(ANSWER_MS, () => this.#settle(`no answer from ${inviter.url}`))
    this.#dial()
    try {
      return await this.#ended
    } finally {
      cancel()
      this.#cancelDial()
      this.#connection?.close('session.closed')
    }
  }

  /** Again and again: the node that invites may just be starting. */
  #dial(): void {
    const { dial, inviter, timers } = this.#options
    this.#cancelDial = dial(inviter.url, {
      opened: (connection) => {
        this.#connection = connection
        return this.#call(connection)
      },
      failed: () => {
        this.#cancelDial = timers.after(AGAIN_MS, () => this.#dial())
      },
    })
  }

  #call(connection: Connection): ConnectionHandler {
    const attempt = new Attempt<InitiatorState>({
      connection,
      timers: this.#options.timers,
      handshakeMs: LIMITS.handshakeMs,
      conduct: (conclude) =>
        this.#conduct(connection, (outcome) => {
          if (outcome.type === 'refused') this.#answered(outcome.refusal.proof)
          conclude(outcome)
        }),
      welcome: () => {
        throw new NodeError('mesh.not-joined')
      },
      over: (code) => this.#settle(code ?? 'no answer'),
    })
    attempt.start()
    return attempt
  }

  #conduct(connection: Connection, conclude: (outcome: ConductOutcome) => void): HandshakeConduct<InitiatorState> {
    const { identity, mesh, inviter, attachments, clock, random, keyPair } = this.#options
    const state = initiator({
      ...{ net: mesh.net, did: identity.did, responder: inviter.node, purpose: 'node', attachments },
      ...{ ephemeral: keyPair, challenge: random(32), deadline: clock.monotonic() + LIMITS.handshakeMs },
    })
    return new HandshakeConduct(state, stepInitiator, {
      send: (bytes) => connection.send(bytes),
      sign: (label, claim) => identity.sign(label, claim),
      monotonic: () => clock.monotonic(),
      conclude,
    })
  }

  /** The answer proves itself: a chain from the root to this node, whoever it is from. */
  #answered(proof: readonly Uint8Array[]): void {
    const { identity, clock } = this.#options
    try {
      for (const bytes of proof) this.#set.add(openStatement(bytes))
    } catch {
      return
    }
    const links = this.#set.membershipOf(identity.did, clock.now())
    if (links) this.#settle(links.flatMap(({ id }) => this.#set.get(id)?.bytes ?? []))
  }
}
