/** Who plays in the tests of this package, and the mesh, clock and randomness that they share. All is reproducible. */

import {
  type Claim,
  type Clock,
  type Did,
  type Identity,
  identityFromSeed,
  keyOf,
  meshIdOf,
  type Random,
  type Statement,
  sealStatement,
  type Verified,
} from '@trustmesh/identity'
import {
  type Issuance,
  issueAttestation,
  issueManifest,
  issueRevocation,
  issueRotation,
  issueSuspension,
  type NewAttestation,
  type NewManifest,
  type NewSuspension,
  proveSuccession,
  TrustError,
} from '../src/index.ts'
import { DEFAULT_MODEL } from '../src/scoring/model.ts'
import { Scorer } from '../src/scoring/scorer.ts'
import type { StatementSet } from '../src/set/statement-set.ts'
import { type Standing, standingBy } from '../src/standing.ts'
import type { RevocationTarget } from '../src/statements/revocation.ts'

const identity = (seed: number): Identity => identityFromSeed(new Uint8Array(32).fill(seed))

/** Roots. */
export const alice: Identity = identity(1)
export const ada: Identity = identity(2)
/** Authorities, two of whom make a quorum. */
export const olga: Identity = identity(3)
export const otto: Identity = identity(4)
export const oskar: Identity = identity(5)
/** Agents, the last of them hostile. */
export const bob: Identity = identity(6)
export const carol: Identity = identity(7)
export const mallory: Identity = identity(8)

export const net: Uint8Array = meshIdOf(alice.did)
export const otherNet: Uint8Array = meshIdOf(mallory.did)
export const policy = {
  roots: [alice.did, ada.did],
  authorities: [olga.did, otto.did, oskar.did],
  threshold: 2,
}

/** 2026-01-01, in ms. */
export const NOW = 1_767_225_600_000
export const DAY_MS = 24 * 3_600_000

let drawn = 0
/** Never the same bytes twice. */
export const random: Random = (length) => {
  const bytes = new Uint8Array(length)
  new DataView(bytes.buffer).setUint32(0, ++drawn)
  return bytes
}

/** A clock that stands still. */
const clockAt = (now: number): Clock => ({ now: () => now, monotonic: () => now })

/** What it takes to issue in the mesh of this cast, at a time. */
export const at = (now: number): Issuance => ({ net, clock: clockAt(now), random })

/** `by` attests. The plain attestation, unless told otherwise: of now, general, and good. */
export function attest(by: Identity, attestation: NewAttestation, now: number = NOW): Promise<Verified<Statement>> {
  return issueAttestation(by, attestation, at(now))
}

/** `by` revokes. */
export function revoke(
  by: Identity,
  target: RevocationTarget,
  path?: Uint8Array[],
  now: number = NOW,
): Promise<Verified<Statement>> {
  return issueRevocation(by, { target, reason: 'compromised', ...(path && { path }) }, at(now))
}

/** `by` holds somebody, or lets go. */
export function suspend(by: Identity, suspension: NewSuspension, now: number = NOW): Promise<Verified<Statement>> {
  return issueSuspension(by, suspension, at(now))
}

/** `by` describes itself: for the first time, unless told otherwise. */
export function present(
  by: Identity,
  manifest: Partial<NewManifest> = {},
  now: number = NOW,
): Promise<Verified<Statement>> {
  return issueManifest(by, { name: 'agent', version: '1', ...manifest }, at(now))
}

/** `by`, the old key itself unless told otherwise, has `to` succeed `from`, with the consent of `to`. */
export async function rotate(
  from: Identity,
  to: Identity,
  { by = from, next = new Uint8Array(32), now = NOW }: { by?: Identity; next?: Uint8Array; now?: number } = {},
): Promise<Verified<Statement>> {
  const proof = await proveSuccession(to, { net, from: from.did, next })
  const rotation = { to: to.did, next, proof, ...(by !== from && { from: from.did }) }
  return issueRotation(by, rotation, at(now))
}

/** The claim of an attestation as it is on the wire, with fields replaced, signed whatever it says. */
export function sealAttestation(by: Identity, fields: Claim = {}): Promise<Verified<Statement>> {
  return sealStatement(by, 'attestation', {
    ...{ net, iat: NOW, nonce: random(16), sub: keyOf(bob.did), ctx: '', value: 800, weight: 2000, evidence: [] },
    ...{ evidenceAt: NOW, exp: NOW + DAY_MS, seq: NOW },
    ...fields,
  })
}

/** The claim of a revocation as it is on the wire, with fields replaced, signed whatever it says. */
export function sealRevocation(by: Identity, fields: Claim = {}): Promise<Verified<Statement>> {
  const target = { did: keyOf(mallory.did) }
  return sealStatement(by, 'revocation', { net, iat: NOW, nonce: random(16), target, reason: 'compromised', ...fields })
}

/** The code of the error that it ends in. */
export async function codeOf(act: () => unknown): Promise<string> {
  try {
    await act()
  } catch (error) {
    if (error instanceof TrustError) return error.code
    throw error
  }
  return 'accepted'
}

/** What a set alone makes of everybody, at a time. */
export function scorerOf(set: StatementSet, now: number): Scorer {
  const scorer = new Scorer(DEFAULT_MODEL, set.policy.roots, set)
  scorer.advance(now)
  return scorer
}

/** What follows for a Did from a set alone, at a time; in the general context, unless told otherwise. */
export function standingOf(set: StatementSet, did: Did, now: number, ctx = ''): Standing {
  return standingBy(scorerOf(set, now), did, ctx, set.epoch)
}
