/** `vectors/scores.json`: statements of those who succeed one another, and the scores that follow, by the reference. */

import { encode } from '@trustmesh/identity'
import { sealed } from './chain-cases.ts'
import { type Bytes, named, seedOf } from './golden.ts'
import { ALICE, BOB, NET } from './handshake-cases.ts'
import { ed25519Key, sha256, signature } from './reference.ts'
import { NOW, type ScoreCase, scores, type Word, word } from './score-cases.ts'

/** Alice is the root. Dids are keys here. */
export interface SuccessionCase extends Pick<ScoreCase, 'name' | 'now'> {
  readonly root: Bytes
  /** Envelopes. */
  readonly statements: readonly Bytes[]
  readonly found: readonly (Omit<ScoreCase['found'][number], 'did'> & { readonly key: Bytes })[]
}

const [CAROL, DAVE] = [seedOf(3), seedOf(5)]
const key = ed25519Key
const common = (name: string) => ({ net: NET, iat: NOW, nonce: named(name, 16) })

function says(by: Bytes, of: Bytes, value: number, seq = NOW): Bytes {
  const plain = { sub: key(of), ctx: '', value, weight: 2000, evidence: [], evidenceAt: NOW }
  return sealed(by, 'attestation', { ...common('attestation'), ...plain, exp: NOW + 300 * 86_400_000, seq }).bytes
}

/** The first manifest of somebody who will be succeeded. */
function commits(by: Bytes, to: Bytes): Bytes {
  const plain = { name: 'one', version: '1', capabilities: [], bom: [], seq: 0 }
  return sealed(by, 'manifest', { ...common('manifest'), ...plain, next: sha256(key(to)) }).bytes
}

/** `then` may succeed in turn. */
function rotates(from: Bytes, to: Bytes, then: Bytes = seedOf(6)): Bytes {
  const next = sha256(key(then))
  const proof = signature(to, 'rotation/successor', encode({ net: NET, from: key(from), next }))
  return sealed(from, 'rotation', { ...common('rotation'), to: key(to), next, proof }).bytes
}

const hex = (seed: Bytes): string => Buffer.from(key(seed)).toString('hex')
const about = (sub: Bytes, value: number, by = ALICE): Word => word(hex(by), hex(sub), value)

/** What `statements` come to, which is what `words` do. */
function succession(name: string, statements: readonly Bytes[], words: readonly Word[]): SuccessionCase {
  // A word that says nothing brings a name into the list.
  const everybody = [BOB, CAROL, DAVE].map((one) => about(one, 0))
  const { now, found } = scores(name, [...words, ...everybody], { roots: [hex(ALICE)] })
  const byKey = found.map(({ did, ...rest }) => ({ key: new Uint8Array(Buffer.from(did, 'hex')), ...rest }))
  return { name, now, root: key(ALICE), statements, found: byKey }
}

const bobToCarol = [commits(BOB, CAROL), rotates(BOB, CAROL, DAVE)]

export const SUCCESSIONS: readonly SuccessionCase[] = [
  succession(
    'who has committed to a successor, and has none yet',
    [says(ALICE, BOB, 800), commits(BOB, CAROL)],
    [about(BOB, 800)],
  ),
  succession(
    'what was said of the old one counts for the new one alone',
    [says(ALICE, BOB, 800), ...bobToCarol],
    [about(CAROL, 800)],
  ),
  succession('from one to the next', [says(ALICE, BOB, 800), ...bobToCarol, rotates(CAROL, DAVE)], [about(DAVE, 800)]),
  succession(
    'of what one says of both, the latest stands',
    [says(ALICE, BOB, -100, NOW), says(ALICE, CAROL, 1000, NOW - 1), ...bobToCarol],
    [about(CAROL, -100)],
  ),
  succession(
    'of the same seq, what is said of the new one stands',
    [says(ALICE, BOB, -100), says(ALICE, CAROL, 1000), ...bobToCarol],
    [about(CAROL, 1000)],
  ),
  succession(
    'what the new one says of the old one does not count',
    [says(ALICE, BOB, 800), says(CAROL, BOB, 1000), ...bobToCarol],
    [about(CAROL, 800)],
  ),
  succession(
    'what the old one has said stays its own, and it has no credit any more',
    [says(ALICE, BOB, 1000), says(BOB, DAVE, 1000), ...bobToCarol],
    [about(CAROL, 1000), about(DAVE, 1000, BOB)],
  ),
]
