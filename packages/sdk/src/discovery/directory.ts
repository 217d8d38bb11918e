import { type Did, didOf, keyOf, openStatement } from '@trustmesh/identity'
import { equalBytes, type Frame, type FrameOf, LIMITS } from '@trustmesh/protocol'
import {
  covers,
  isCapability,
  isCutOff,
  type Manifest,
  parseManifest,
  reaches,
  type Standing,
  TIERS,
  type Tier,
} from '@trustmesh/trust/agent'
import { CALL_MS, type CallOptions } from '../calls/calls.ts'
import type { Exchange } from '../exchange.ts'
import type { JoinConfig } from '../join-config.ts'
import { MeshError } from '../mesh-error.ts'
import type { Platform } from '../platform/platform.ts'
import type { Standings } from '../standings.ts'

/** Whom to look for. */
export interface FindOptions extends CallOptions {
  /** What they have to offer, or something above it: `/tool/search`. */
  readonly can: string
  /** The lowest tier, in the general context; any unless told otherwise. */
  readonly minTier?: Tier
  /** How many at most; 64 unless told otherwise. */
  readonly limit?: number
}

/** An agent that offers what was asked for. */
export interface Found {
  readonly did: Did
  /** How it describes itself, in its own word alone. */
  readonly manifest: Manifest
  /** What the node holds of it. */
  readonly standing: Standing
}

export interface DirectoryOptions {
  readonly self: Did
  readonly config: Pick<JoinConfig, 'net'>
  readonly platform: Pick<Platform, 'clock' | 'random'>
  readonly exchange: Pick<Exchange, 'ask'>
  readonly standings: Pick<Standings, 'of'>
}

/**
 * Who offers what, as the node lists it. Each manifest is verified here: a node can leave agents out of it, and can put in
 * none that does not say so itself.
 */
export class Directory {
  readonly #options: DirectoryOptions

  constructor(options: DirectoryOptions) {
    this.#options = options
  }

  /**
   * Other agents that offer a capability or one above it, in the order of their keys. Rejects with {@link MeshError}:
   * `question.malformed`; `answer.forged` where the node lists whoever does not offer it.
   */
  async find({ can, minTier, limit = LIMITS.found, timeoutMs = CALL_MS, signal }: FindOptions): Promise<Found[]> {
    requireSense(can, minTier, limit)
    const { self, platform, exchange, standings } = this.#options
    const until = platform.clock.monotonic() + timeoutMs
    const found: Found[] = []
    for (let after: Did | undefined; ; ) {
      const id = platform.random(16)
      const page: FrameOf<'found'> = await exchange.ask(
        {
          ...{ type: 'find', id, can, ...(minTier && { minTier }), ...(after && { after: keyOf(after) }) },
          limit: Math.min(LIMITS.found, limit - found.length + 1),
        },
        id,
        isFound,
        { timeoutMs: until - platform.clock.monotonic(), ...(signal && { signal }) },
      )
      for (const manifest of page.manifests.map((bytes) => this.#opened(bytes, can))) {
        const did = manifest.iss
        after = inOrder(after, did)
        const standing = standings.of(did)
        if (!standing) throw new MeshError('answer.forged')
        // Right behind the list it may have been told that somebody does not stand so any more.
        const isGood = !isCutOff(standing) && (minTier === undefined || reaches(standing, minTier))
        if (isGood && did !== self) found.push({ did, manifest, standing })
      }
      if (!page.more || found.length >= limit) return found.slice(0, limit)
      const next = didOf(page.more)
      after = next === after && page.manifests.length > 0 ? next : inOrder(after, next)
    }
  }

  #opened(bytes: Uint8Array, can: string): Manifest {
    const manifest = manifestIn(bytes)
    const isOffer = manifest.capabilities.some((granted) => covers(granted, can))
    if (!isOffer || !equalBytes(manifest.net, this.#options.config.net)) throw new MeshError('answer.forged')
    return manifest
  }
}

function isFound(frame: Frame): frame is FrameOf<'found'> {
  return frame.type === 'found'
}

function manifestIn(bytes: Uint8Array): Manifest {
  try {
    return parseManifest(openStatement(bytes))
  } catch (cause) {
    throw new MeshError('answer.forged', { cause })
  }
}

/** The one that comes next: a list that goes back, or stays where it is, might never end. */
function inOrder(after: Did | undefined, next: Did): Did {
  if (after !== undefined && next <= after) throw new MeshError('answer.forged')
  return next
}

function requireSense(can: string, minTier: Tier | undefined, limit: number): void {
  const refuse = (detail: string): never => {
    throw new MeshError('question.malformed', { detail })
  }
  if (!isCapability(can)) refuse('a capability is a path such as /tool/search')
  if (minTier !== undefined && !TIERS.includes(minTier)) refuse(`a tier is one of ${TIERS.join(', ')}`)
  if (!Number.isSafeInteger(limit) || limit < 1) refuse('a limit is a whole number from 1 on')
}
