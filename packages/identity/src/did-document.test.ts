import { describe, expect, it } from 'vitest'
import { didOf } from './did.ts'
import { resolveDid } from './did-document.ts'
import { identityFromSeed } from './identity.ts'
import { formatMultikey } from './multikey.ts'

const alice = identityFromSeed(new Uint8Array(32).fill(1)).did
const refused = (code: string): unknown => expect.objectContaining({ name: 'IdentityError', code })

describe(resolveDid, () => {
  it.each([
    `${alice}#${alice.slice(8)}`,
    `${alice}?versionId=1`,
    alice.toUpperCase(),
    `did:key:z${'1'.repeat(100_000)}`,
    'did:web:example.com',
    'did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc',
    '',
    null,
  ])('I1 I3 refuses %j before any resolver sees it', async (input) => {
    await expect(resolveDid(input)).rejects.toThrow(refused('did.malformed'))
  })

  it('I6 refuses a key that is not on the curve', async () => {
    await expect(resolveDid(didOf(Uint8Array.of(2, ...new Uint8Array(31))))).rejects.toThrow(
      refused('did.unresolvable'),
    )
  })

  it('gives one Multikey, which serves every purpose but key agreement', async () => {
    const document = await resolveDid(alice)
    const method = `${alice}#${alice.slice(8)}`
    expect(document.id).toBe(alice)
    expect(document.verificationMethod).toEqual([
      { id: method, type: 'Multikey', controller: alice, publicKeyMultibase: alice.slice(8) },
    ])
    expect(alice.slice(8)).toBe(
      formatMultikey(
        new Uint8Array(Buffer.from('8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c', 'hex')),
      ),
    )
    for (const use of ['authentication', 'assertionMethod', 'capabilityDelegation', 'capabilityInvocation'] as const) {
      expect(document[use]).toEqual([method])
    }
    expect(document.keyAgreement).toEqual([
      expect.objectContaining({ type: 'Multikey', publicKeyMultibase: expect.stringMatching(/^z6LS/) }),
    ])
  })
})
