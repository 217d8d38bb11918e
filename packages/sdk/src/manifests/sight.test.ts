import { type Did, type Identity, keyOf, meshIdOf, sealStatement } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { issueAttestation, issueFirstManifest, issueManifest, type NewManifest } from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import { config, someone } from '../../test/lent.ts'
import { manifestIn } from './sight.ts'

const { net } = config
const now = systemClock.now()
const [bob, mallory] = [someone(), someone()]

const issuanceAt = (at: number, of = net) => ({
  ...{ net: of, random: systemRandom },
  clock: { now: () => at, monotonic: () => at },
})
/** `by` describes itself at a time, as something that follows another. */
const shown = async (by: Identity, said: Partial<NewManifest> = {}, at = now, of = net): Promise<Uint8Array> => {
  const manifest = { name: 'bob', version: '1', previousSeq: 0, ...said }
  return (await issueManifest(by, manifest, issuanceAt(at, of))).bytes
}
const versionIn = (attachments: readonly Uint8Array[], did: Did = bob.did): string | undefined =>
  manifestIn(attachments, did, { net, now })?.version

describe(manifestIn, () => {
  it('I14 takes no manifest of another for that of the peer', async () => {
    expect(versionIn([await shown(mallory)])).toBeUndefined()
    expect(versionIn([await shown(bob)], mallory.did)).toBeUndefined()
  })

  it('I14 takes none that was signed by somebody else, or changed since', async () => {
    const bytes = await shown(bob)
    const version = bytes.findIndex((_, i) => String.fromCharCode(...bytes.subarray(i, i + 7)) === 'version')
    for (const at of [version + 8, bytes.length - 1]) {
      const changed = bytes.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(versionIn([changed])).toBeUndefined()
    }
    expect(versionIn([bytes])).toBe('1')
  })

  it('T11 takes none of another mesh', async () => {
    expect(versionIn([await shown(bob, {}, now, meshIdOf(bob.did))])).toBeUndefined()
  })

  it('I14 takes none of a time to come, which would stand above all that follow it', async () => {
    expect(versionIn([await shown(bob, { version: '2' }, now + 60_001), await shown(bob)])).toBe('1')
    expect(versionIn([await shown(bob, { version: '2' }, now + 60_000), await shown(bob)])).toBe('2')
  })

  it('takes nothing else that a peer shows for a manifest', async () => {
    const attestation = { sub: mallory.did, value: 1, exp: now + 1 }
    const junk = [
      new Uint8Array(),
      systemRandom(64),
      (await issueAttestation(bob, attestation, issuanceAt(now))).bytes,
      (await sealStatement(bob, 'manifest', { net, iat: now, nonce: systemRandom(16), name: 'bob' })).bytes,
      (await issueFirstManifest(bob, { recovery: mallory.did }, net)).bytes,
    ]
    expect(versionIn(junk)).toBeUndefined()
    expect(versionIn([...junk, await shown(bob)])).toBe('1')
  })

  it('takes none that is larger than nodes take, nor looks at more attachments than there may be', async () => {
    const bom = Array.from({ length: 80 }, (_, i) => ({ name: `part-${i}`, version: '1', sha256: keyOf(bob.did) }))
    expect(versionIn([await shown(bob, { bom })])).toBeUndefined()
    const junk = Array.from({ length: 16 }, () => new Uint8Array(1))
    expect(versionIn([...junk, await shown(bob)])).toBeUndefined()
    expect(versionIn([...junk.slice(1), await shown(bob)])).toBe('1')
  })

  it('I14 takes the latest, in whatever order they are shown', async () => {
    const [older, newer] = [await shown(bob), await shown(bob, { version: '2' }, now + 1)]
    expect(versionIn([older, newer])).toBe('2')
    expect(versionIn([newer, older])).toBe('2')
    const first = await shown(bob, { version: '0', previousSeq: undefined as never })
    expect(versionIn([first])).toBe('0')
    expect(versionIn([older, first])).toBe('1')
  })

  it('ST-25 takes neither of two that contradict each other', async () => {
    const [one, other] = [await shown(bob), await shown(bob, { version: '2' })]
    expect(versionIn([one, other])).toBeUndefined()
    expect(versionIn([one, one])).toBe('1')
    expect(versionIn([one, other, await shown(bob, { version: '3' }, now + 1)])).toBe('3')
  })
})
