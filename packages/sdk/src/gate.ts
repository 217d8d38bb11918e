import type { Did } from '@trustmesh/identity'
import { type ParsedRequirement, parseRequirement, type Requirement } from '@trustmesh/trust/agent'
import type { Gatekeeper, Ruling } from './gatekeeper.ts'
import { MeshError } from './mesh-error.ts'
import { Caller, Peer } from './peer.ts'

/** What a gate stands in front of, for the texts of its denials. */
export interface GateOptions {
  /** The kind of action; `action` unless told otherwise. */
  readonly kind?: string
}

/** The gate in front of a handler, for anything else: an HTTP endpoint, a tool, a function. */
export class Gate {
  readonly #requirement: ParsedRequirement
  readonly #kind: string
  readonly #keeper: Gatekeeper
  readonly #ask: (did: Did, ctx: string) => Promise<unknown>

  constructor(
    requirement: Requirement,
    { kind = 'action' }: GateOptions,
    keeper: Gatekeeper,
    ask: (did: Did, ctx: string) => Promise<unknown>,
  ) {
    this.#requirement = parseRequirement(requirement)
    this.#kind = kind
    this.#keeper = keeper
    this.#ask = ask
  }

  /**
   * Whether it lets somebody through, by what is held of it now, and, where the requirement restricts them, by the arguments.
   * A handler's caller may be let through by the chain that it has shown there; anybody else has none. Does not reject: what
   * cannot be learned is not held, and is denied.
   */
  async decide(who: Did | Peer, args?: unknown): Promise<Ruling> {
    const peer = who instanceof Peer ? who.did : who
    await this.#ask(peer, this.#requirement.ctx).catch(() => {})
    const chain = who instanceof Caller ? who.chain : undefined
    return await this.#keeper.rule(this.#requirement, { peer, kind: this.#kind, content: args, chain })
  }

  /** The function behind the gate: called with whoever asks first, it rejects with `request.denied` where the gate does not let them through. */
  guard<Args extends readonly unknown[], Result>(
    act: (who: Did, ...args: Args) => Result | Promise<Result>,
  ): (who: Did | Peer, ...args: Args) => Promise<Result> {
    return async (who, ...args) => {
      const ruling = await this.decide(who, args[0])
      if (!ruling.allow) throw new MeshError('request.denied', { denial: ruling.denial })
      return await act(who instanceof Peer ? who.did : who, ...args)
    }
  }
}
