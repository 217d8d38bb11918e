import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { type Did, fromBase64url, type Identity, openStatement, toBase64url } from '@trustmesh/identity'
import {
  commitmentTo,
  type Issuance,
  issueFirstManifest,
  issueManifest,
  type Manifest,
  parseManifest,
  TrustError,
} from '@trustmesh/trust/agent'
import { MeshError } from '../mesh-error.ts'
import type { Log } from '../platform/platform.ts'
import { textOf } from '../quiet-log.ts'
import { type Described, describe } from './description.ts'
import type { Notes } from './notes.ts'

/** How an agent describes itself to the others: once said it stands, also for later runs that say nothing. */
export interface ManifestOptions {
  /** At most 64 characters. */
  readonly version: string
  /** What it offers to do, at most 64: `/tool/search`. */
  readonly capabilities?: readonly string[]
  /** The model that it runs on, at most 128 characters. */
  readonly model?: string
  /** The software that it is made of, by SHA-256 in hex. A long list is named by the hash of all of it. */
  readonly bom?: readonly { readonly name: string; readonly version: string; readonly sha256: string }[]
  /** Whose key may revoke this agent's Did. It is settled when that first joins, and given every time. */
  readonly recovery?: Did
}

export interface PresentationOptions {
  readonly identity: Identity
  readonly name: string
  readonly manifest?: ManifestOptions | undefined
  /** The key that may succeed; asked for only where nothing has been committed to yet. */
  readonly heir: () => Promise<Identity | null>
  readonly issuance: Issuance
  readonly notes: Notes
  readonly log: Log
}

/** Largest envelope of a manifest, in bytes: nodes take none that is larger (ME-17). */
export const MAX_MANIFEST_BYTES = 4_096

/** What an agent shows of itself: the first manifest, which commits to its heir and its recovery key, and the latest. */
export class Presentation {
  /** Envelope of the first manifest: whoever holds the recovery key needs it. `null` where there is nothing to commit to. */
  readonly first: Uint8Array | null
  /** Envelope of the latest; `null` where the agent has never described itself. */
  readonly latest: Uint8Array | null
  readonly #unleft: Set<Uint8Array>
  readonly #log: Log
  #leaving: Promise<void> = Promise.resolve()

  /**
   * Remembers what was said before, and issues what has not been. Rejects with {@link MeshError} `config.malformed`, or with
   * whatever the heir or the signer rejects with.
   */
  static async prepare(options: PresentationOptions): Promise<Presentation> {
    return new Presentation(await firstOf(options), await latestOf(options), options.log)
  }

  private constructor(first: Uint8Array | null, latest: Uint8Array | null, log: Log) {
    this.first = first
    this.latest = latest
    this.#log = log
    this.#unleft = new Set([first, latest].filter((envelope) => envelope !== null))
  }

  /** What peers are shown. */
  get shown(): readonly Uint8Array[] {
    return this.latest ? [this.latest] : []
  }

  /**
   * Leaves with the node what it has not acknowledged in this run: to say the same again is no harm. Does not reject; what
   * fails is tried again the next time.
   */
  leave(leave: (envelope: Uint8Array) => Promise<unknown>): Promise<void> {
    this.#leaving = this.#leaving.then(async () => {
      for (const envelope of this.#unleft) {
        try {
          await leave(envelope)
          this.#unleft.delete(envelope)
        } catch (error) {
          if (error instanceof MeshError && error.code === 'statement.refused')
            this.#log.warn(`the node does not take the manifest of this agent: ${textOf(error.detail)}`)
        }
      }
    })
    return this.#leaving
  }
}

async function firstOf({ identity, manifest, heir, issuance, notes }: PresentationOptions): Promise<Uint8Array | null> {
  const { recovery } = manifest ?? {}
  const key = `first ${identity.did} ${bytesToHex(issuance.net)}`
  const noted = recall(notes, key)
  if (noted) {
    if (recovery !== undefined && noted.manifest.recovery !== recovery)
      throw malformed('the recovery key of a Did is the one that it first joined with')
    return noted.bytes
  }
  const next = await heir()
  if (!next && recovery === undefined) return null
  const commitment = { ...(next && { next: commitmentTo(next.did) }), ...(recovery !== undefined && { recovery }) }
  const { bytes } = await issueFirstManifest(identity, commitment, issuance.net)
  notes.set(key, toBase64url(bytes))
  return bytes
}

async function latestOf({
  identity,
  name,
  manifest,
  issuance,
  notes,
}: PresentationOptions): Promise<Uint8Array | null> {
  const key = `manifest ${bytesToHex(issuance.net)}`
  const noted = recall(notes, key)
  const described = manifest ? describedBy(manifest) : noted?.manifest
  if (!described) return null
  const { version, capabilities, model, bom } = described
  const said = { name: name.normalize('NFC'), version, capabilities, ...(model !== undefined && { model }), bom }
  const own = noted?.manifest.iss === identity.did ? noted : null
  if (own && JSON.stringify(describe(own.manifest)) === JSON.stringify(describe(said))) return own.bytes
  // Never the first: that is the one which commits.
  const previousSeq = own?.manifest.seq ?? 0
  const { bytes } = await issueManifest(identity, { ...said, previousSeq }, issuance).catch((cause) => {
    throw cause instanceof TrustError ? malformed(FORM, cause) : cause
  })
  if (bytes.length > MAX_MANIFEST_BYTES)
    throw malformed(`a manifest takes at most ${MAX_MANIFEST_BYTES} bytes: name a long bill of materials by its hash`)
  notes.set(key, toBase64url(bytes))
  return bytes
}

const FORM = 'a manifest has a version, capabilities like /tool/search, and a bill of materials with hashes in hex'

function describedBy({ version, capabilities = [], model, bom = [] }: ManifestOptions): Omit<Described, 'name'> {
  try {
    const components = bom.map(({ name, version, sha256 }) => ({ name, version, sha256: hexToBytes(sha256) }))
    return { version, capabilities: [...capabilities], model, bom: components }
  } catch (cause) {
    throw malformed(FORM, cause)
  }
}

/** A manifest that was noted; one that is damaged counts for nothing. */
function recall(notes: Notes, key: string): { readonly bytes: Uint8Array; readonly manifest: Manifest } | null {
  try {
    const bytes = fromBase64url(notes.get(key) as string)
    return { bytes, manifest: parseManifest(openStatement(bytes)) }
  } catch {
    return null
  }
}

function malformed(detail: string, cause?: unknown): MeshError {
  return new MeshError('config.malformed', { detail, ...(cause !== undefined && { cause }) })
}
