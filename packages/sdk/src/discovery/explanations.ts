import { type Did, didOf, keyOf, parseDid } from '@trustmesh/identity'
import type { Frame, FrameOf } from '@trustmesh/protocol'
import { type Explanation, isContext, MAX_EVIDENCE, type Standing } from '@trustmesh/trust/agent'
import { CALL_MS, type CallOptions } from '../calls/calls.ts'
import type { Exchange } from '../exchange.ts'
import type { JoinConfig } from '../join-config.ts'
import { MeshError } from '../mesh-error.ts'
import type { Platform } from '../platform/platform.ts'
import type { Standings } from '../standings.ts'

/** Which standing is explained, and by whose word. */
export interface ExplainOptions extends CallOptions {
  /** In which context: `tool/search`; the general one unless told otherwise. */
  readonly ctx?: string
  /** Whether to recompute it here, from what others have signed, and believe the node nothing. */
  readonly verify?: boolean
}

/** Why a Did stands as it does, in the word of the node. */
export interface ToldExplanation {
  readonly standing: Standing
  readonly explanation: Explanation
  readonly verified: false
}

/** Why a Did stands as it does, recomputed here. */
export interface VerifiedExplanation {
  /** What follows from the evidence, by the roots that this agent trusts. */
  readonly standing: Standing
  readonly explanation: Explanation
  readonly verified: true
  /** Whether all that the node has shown is signed, and what it says follows from it. */
  readonly agrees: boolean
  /** What the node says. */
  readonly told: Standing
}

export interface ExplanationsOptions {
  readonly config: Pick<JoinConfig, 'net' | 'policy'>
  readonly platform: Pick<Platform, 'after' | 'clock' | 'random'>
  readonly exchange: Pick<Exchange, 'ask'>
  readonly standings: Pick<Standings, 'of'>
}

/** What somebody asks, and until when it waits: monotonic, in ms. */
interface Asked {
  readonly did: Did
  readonly ctx: string
  readonly until: number
  readonly signal: AbortSignal | undefined
}

/** All pages of it, as of one time or another. */
interface Evidence {
  readonly envelopes: readonly Uint8Array[]
  readonly told: Standing
  /** Whether nothing has changed while they came. */
  readonly isSteady: boolean
}

/** How often evidence is gathered that changes while it comes. */
const MAX_TRIES = 3

/** Why others stand as they do. */
export class Explanations {
  readonly #options: ExplanationsOptions

  constructor(options: ExplanationsOptions) {
    this.#options = options
  }

  /**
   * Who made the standing of a Did what it is: in the word of the node; with `verify: true`, recomputed here from what others
   * have signed, by the roots and the authorities of this agent's own configuration, and held against the word of the node.
   * The node can leave statements out, be they good words, bad words or a revocation: that cannot be seen. It can forge none.
   *
   * Rejects with {@link MeshError}: `question.malformed`; `query.too-much` where there is more evidence than is ever told;
   * `answer.forged` where the node answers what no honest node does.
   */
  explain(did: Did, options: ExplainOptions & { readonly verify: true }): Promise<VerifiedExplanation>
  explain(did: Did, options?: ExplainOptions & { readonly verify?: false }): Promise<ToldExplanation>
  explain(did: Did, options?: ExplainOptions): Promise<ToldExplanation | VerifiedExplanation>
  async explain(
    did: Did,
    { ctx = '', verify = false, timeoutMs = CALL_MS, signal }: ExplainOptions = {},
  ): Promise<ToldExplanation | VerifiedExplanation> {
    if (!isContext(ctx))
      throw new MeshError('question.malformed', { detail: 'a context is a path such as tool/search' })
    const until = this.#options.platform.clock.monotonic() + timeoutMs
    const asked = { did: parseDid(did), ctx, until, signal }
    return verify ? await this.#verified(asked) : await this.#told(asked)
  }

  async #told(asked: Asked): Promise<ToldExplanation> {
    const { contributions, rest, positive, negative } = await this.#ask({ type: 'explain' }, asked, isExplained)
    const named = contributions.map(({ rater, path, ...contribution }) => {
      return { ...contribution, rater: didOf(rater), path: path.map(didOf) }
    })
    const explanation = { positive, negative, contributions: named, rest }
    return { standing: this.#standingOf(asked), explanation, verified: false }
  }

  async #verified(asked: Asked): Promise<VerifiedExplanation> {
    // Loaded at the first use: most agents never recompute anything.
    const { verifyEvidence } = await import('./verification.ts')
    for (let tries = 1; ; tries++) {
      const { envelopes, told, isSteady } = await this.#gather(asked)
      const verified = await verifyEvidence(envelopes, told, this.#options)
      if (verified.agrees || isSteady || tries === MAX_TRIES) return { ...verified, verified: true, told }
    }
  }

  async #gather(asked: Asked): Promise<Evidence> {
    const envelopes: Uint8Array[] = []
    const epochs = new Set<number>()
    let bytes = 0
    for (let after: Uint8Array | undefined; ; ) {
      const page: FrameOf<'proofs'> = await this.#ask({ type: 'evidence', ...(after && { after }) }, asked, isProofs)
      const told = this.#standingOf(asked)
      epochs.add(told.epoch)
      envelopes.push(...page.statements)
      bytes += page.statements.reduce((sum, { length }) => sum + length, 0)
      if (envelopes.length > MAX_EVIDENCE.statements || bytes > MAX_EVIDENCE.bytes) throw new MeshError('answer.forged')
      if (!page.more) return { envelopes, told, isSteady: epochs.size === 1 }
      // What goes on has an end then: there are not that many statements.
      if (page.statements.length === 0) throw new MeshError('answer.forged')
      after = page.more
    }
  }

  async #ask<F extends Frame>(
    question: { readonly type: 'explain' } | { readonly type: 'evidence'; readonly after?: Uint8Array },
    { did, ctx, until, signal }: Asked,
    accepts: (frame: Frame) => frame is F,
  ): Promise<F> {
    const { platform, exchange } = this.#options
    const id = platform.random(16)
    const timeoutMs = until - platform.clock.monotonic()
    const frame = { ...question, id, did: keyOf(did), ...(ctx !== '' && { ctx }) }
    return await exchange.ask(frame, id, accepts, { timeoutMs, ...(signal && { signal }) })
  }

  /** The node tells it ahead of each answer. */
  #standingOf({ did, ctx }: Asked): Standing {
    const standing = this.#options.standings.of(did, ctx)
    if (!standing) throw new MeshError('answer.forged')
    return standing
  }
}

function isExplained(frame: Frame): frame is FrameOf<'explained'> {
  return frame.type === 'explained'
}

function isProofs(frame: Frame): frame is FrameOf<'proofs'> {
  return frame.type === 'proofs'
}
