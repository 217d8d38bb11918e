import type { Did, Encodable } from '@trustmesh/identity'
import type { Standing } from '@trustmesh/trust'
import type { Answering } from './answering.ts'
import type { SendOptions, SignedOptions, SignedReply } from './calls/messenger.ts'
import type { Chain, Within } from './chain.ts'
import type { PeerChain } from './chain-gate.ts'
import type { Mesh, StandingOptions } from './mesh.ts'
import type { Report } from './outcomes/reporter.ts'

/** Another agent, and what can be said to it. */
export class Peer {
  readonly did: Did
  readonly #mesh: Mesh

  constructor(did: Did, mesh: Mesh) {
    this.did = did
    this.#mesh = mesh
  }

  /** As {@link Mesh.send}. */
  send(kind: string, content?: Encodable, options?: SendOptions): Promise<void> {
    return this.#mesh.send(this.did, kind, content, options)
  }

  /** As {@link Mesh.request}. */
  request(kind: string, content: Encodable | undefined, options: SignedOptions): Promise<SignedReply>
  request(kind: string, content?: Encodable, options?: SendOptions): Promise<unknown>
  request(kind: string, content?: Encodable, options?: SendOptions): Promise<unknown> {
    return this.#mesh.request(this.did, kind, content, options)
  }

  /** As {@link Mesh.stream}. */
  stream(kind: string, content?: Encodable, options?: SendOptions): AsyncIterableIterator<unknown> {
    return this.#mesh.stream(this.did, kind, content, options)
  }

  /**
   * Has it do something on behalf of whoever the chain begins with: what is called by its capability alone reaches the handler
   * that takes a chain for exactly that. As {@link Mesh.request} otherwise.
   */
  invoke<Held extends string, Can extends Within<Held>>(
    can: Can,
    args: Encodable | undefined,
    options: InvokeOptions<Held>,
  ): Promise<unknown> {
    return this.#mesh.request(this.did, can, args, { ...options, can })
  }

  /** What the node holds of it now, as {@link Mesh.standing}; a {@link Caller} has what was held when it called. */
  currentStanding(options?: StandingOptions): Promise<Standing> {
    return this.#mesh.standing(this.did, options)
  }

  /** As {@link Mesh.report}. */
  report(report: Report): void {
    this.#mesh.report(this.did, report)
  }
}

/** How something is done on behalf of somebody: with the chain, the deadline, and whether it is signed. */
export type InvokeOptions<Held extends string = string> = Omit<SendOptions, 'can' | 'chain'> & {
  readonly chain: Chain<Held>
}

/** What a handler knows of whoever calls. */
export interface Occasioned {
  readonly standing: Standing
  readonly chain?: PeerChain | undefined
  readonly receipt?: Uint8Array | undefined
  readonly trace?: string | undefined
}

/** Who sent a message, and what is held of it as the handler begins. */
export class Caller extends Peer {
  readonly standing: Standing
  /** On whose behalf, where the handler requires a chain. */
  readonly chain?: PeerChain
  /** The caller's signature for what it says, where it gave one: evidence that outlasts the session. */
  readonly receipt?: Uint8Array
  /** W3C trace context, `traceparent`, where the caller gave one. */
  readonly trace?: string
  readonly #answering: Pick<Answering, 'signal'>

  constructor(
    did: Did,
    mesh: Mesh,
    { standing, chain, receipt, trace }: Occasioned,
    answering: Pick<Answering, 'signal'>,
  ) {
    super(did, mesh)
    this.standing = standing
    if (chain) this.chain = chain
    if (receipt) this.receipt = receipt
    if (trace !== undefined) this.trace = trace
    this.#answering = answering
  }

  /** Aborts when the caller no longer waits: it has given up, or is gone, or may not be answered any more. */
  get signal(): AbortSignal {
    return this.#answering.signal
  }
}
