import {
  type Claim,
  commonFields,
  type Did,
  encode,
  type Identity,
  type Statement,
  type StatementId,
  sealStatement,
  type Verified,
} from '@trustmesh/identity'
import * as z from 'zod/mini'
import { capability } from '../chain/capability.ts'
import { didKey, hash, isSame, line, read, time } from '../fields.ts'
import { TrustError, type TrustErrorCode } from '../trust-error.ts'
import { commonClaim, type Issuance } from './issuance.ts'

const TYPE = 'manifest'

/** What an agent is made of: a piece of software, by hash. */
const component = z.strictObject({ name: line(128), version: line(64), sha256: hash })

const claimSchema = z.strictObject({
  ...commonFields,
  /** What it calls itself: for people, and never a reason for anything (threat I10). */
  name: line(64),
  version: line(64),
  /** What it offers to do. */
  capabilities: z.array(capability).check(z.maxLength(64)),
  /** The model that it runs on. */
  model: z.optional(line(128)),
  /** Its software bill of materials. */
  bom: z.array(component).check(z.maxLength(256)),
  /** SHA-256 of the 32 key bytes of the Did that may succeed this one. */
  next: z.optional(hash),
  /** A Did that may revoke this one. */
  recovery: z.optional(didKey),
  /** 0 in the first, which is made with the key; from then on a hybrid clock in ms: the latest is the one that stands. */
  seq: time,
})

/** "This is who I say I am, what I offer and what I am made of." */
export type Manifest = Readonly<z.infer<typeof claimSchema>> & { readonly id: StatementId; readonly iss: Did }

/** What an agent says of itself. */
export interface NewManifest {
  readonly name: string
  readonly version: string
  readonly capabilities?: readonly string[]
  readonly model?: string
  readonly bom?: readonly z.infer<typeof component>[]
  /** In the first manifest alone: the commitment to the next key, of `commitmentTo`. */
  readonly next?: Uint8Array
  /** In the first manifest alone. */
  readonly recovery?: Did
  /** `seq` of the manifest that this one follows; without one, this is the first. A Did that has two first ones can no longer rotate by itself. */
  readonly previousSeq?: number
}

/** Signs a manifest. Rejects with {@link TrustError}: `manifest.*`, before anything is signed. */
export async function issueManifest(
  identity: Identity,
  manifest: NewManifest,
  issuance: Issuance,
): Promise<Verified<Statement>> {
  const { name, version, capabilities = [], model, bom = [], next, recovery, previousSeq } = manifest
  const now = issuance.clock.now()
  const seq = previousSeq === undefined ? 0 : Math.max(previousSeq + 1, now)
  const claim = z.safeEncode(claimSchema, {
    ...commonClaim(issuance, Math.max(seq, now)),
    // Normalised here and judged by nobody, as the reason of a revocation is.
    ...{ name: name.normalize('NFC'), version, capabilities: [...capabilities] },
    ...(model !== undefined && { model }),
    bom: [...bom],
    ...(next && { next }),
    ...(recovery && { recovery }),
    seq,
  })
  const fault = claim.success ? faultOf(claim.data) : 'manifest.malformed'
  if (!claim.success || fault) throw new TrustError(fault ?? 'manifest.malformed')
  return sealStatement(identity, TYPE, claim.data as Claim)
}

/** What a Did commits itself to, once: who may succeed it, and who may revoke it. */
export type Commitment = Pick<NewManifest, 'next' | 'recovery'>

/**
 * Signs the first manifest with its commitment and nothing else, neither a time nor anything random. Whoever says it again,
 * because it has lost its memory or runs twice, says the same and contradicts nothing (ST-72).
 */
export function issueFirstManifest(
  identity: Identity,
  commitment: Commitment,
  net: Uint8Array,
): Promise<Verified<Statement>> {
  const clock = { now: () => 0, monotonic: () => 0 }
  const issuance = { net, clock, random: (length: number) => new Uint8Array(length) }
  return issueManifest(identity, { ...commitment, name: '', version: '' }, issuance)
}

/** The manifest in a statement. Throws {@link TrustError} with a `manifest.*` code. */
export function parseManifest({ type, id, signer, claim }: Verified<Statement>): Manifest {
  if (type !== TYPE) throw new TrustError('manifest.type')
  const fields = read(claimSchema, claim, 'manifest.malformed')
  const fault = faultOf(fields)
  if (fault) throw new TrustError(fault)
  return { ...fields, id, iss: signer }
}

/** Whether it is a commitment alone, and describes nobody. */
export function isBare({ seq, name, version, capabilities, model, bom }: Manifest): boolean {
  return seq === 0 && name === '' && version === '' && model === undefined && capabilities.length + bom.length === 0
}

/** Whether an agent describes itself alike in both, whenever it did so. */
export function isAlike(one: Manifest, other: Manifest): boolean {
  return isSame(encode(descriptionOf(one)), encode(descriptionOf(other)))
}

function descriptionOf({ name, version, capabilities, model, bom }: Manifest): Claim {
  return { name, version, capabilities, model, bom }
}

type Settled = { readonly iat: number; readonly seq: number; readonly next?: unknown; readonly recovery?: unknown }

function faultOf({ iat, seq, next, recovery }: Settled): TrustErrorCode | null {
  if (seq > iat) return 'manifest.seq'
  // Whoever steals the key must not be able to name the next one, nor who may recover it (threat I12).
  if (seq > 0 && (next || recovery)) return 'manifest.commitment'
  return null
}
