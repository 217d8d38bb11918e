import { describe, expect, it } from 'vitest'
import { primitives as native } from '../../packages/protocol/src/primitives/native.ts'
import { primitives as portable } from '../../packages/protocol/src/primitives/portable.ts'
import { hasShared, readShared } from '../shared.ts'

const WYCHEPROOF = 'vectors/wycheproof/x25519_test.json'
const ZERO = '00'.repeat(32)

interface Case {
  readonly tcId: number
  readonly public: string
  readonly private: string
  readonly shared: string
}

describe.runIf(hasShared(WYCHEPROOF))('X25519 by Wycheproof', () => {
  const { testGroups } = JSON.parse(readShared(WYCHEPROOF)) as { testGroups: readonly { tests: readonly Case[] }[] }
  const cases = testGroups.flatMap(({ tests }) => tests)

  /** What both implementations agree upon, which must be the same. */
  const agreed = (one: Case): string | null => {
    const [a, b] = [native, portable].map(({ keyPair }) => {
      const shared = keyPair(Buffer.from(one.private, 'hex')).agree(Buffer.from(one.public, 'hex'))
      return shared && Buffer.from(shared).toString('hex')
    })
    expect(a, `case ${one.tcId}`).toBe(b)
    return a as string | null
  }

  it('refuses the all-zero secret of all 31 public keys of low order, with either implementation', () => {
    const zero = cases.filter(({ shared }) => shared === ZERO)
    expect(zero).toHaveLength(31)
    for (const one of zero) expect(agreed(one), `case ${one.tcId}`).toBeNull()
  })

  it('gives the shared secret of the other 487 cases, with either implementation', () => {
    const other = cases.filter(({ shared }) => shared !== ZERO)
    expect(other).toHaveLength(487)
    for (const one of other) expect(agreed(one), `case ${one.tcId}`).toBe(one.shared)
  })

  it('derives the same public key with either implementation', () => {
    for (const one of cases) {
      const [a, b] = [native, portable].map(({ keyPair }) => keyPair(Buffer.from(one.private, 'hex')).publicKey)
      expect(a, `case ${one.tcId}`).toEqual(b)
    }
  })
})
