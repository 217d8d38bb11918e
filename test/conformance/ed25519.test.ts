import { describe, expect, it } from 'vitest'
import { engine as native } from '../../packages/identity/src/ed25519/native.ts'
import { engine as portable } from '../../packages/identity/src/ed25519/portable.ts'
import { verifySoonWith, verifyWith } from '../../packages/identity/src/ed25519/verify.ts'
import { hasShared, readShared } from '../shared.ts'

const WYCHEPROOF = 'vectors/wycheproof/ed25519_test.json'
const SPECCHECK = 'vectors/ed25519-speccheck/cases.json'
const DJB = 'vectors/djb/sign.input'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** The verdict of both engines, at once and soon, which must be one. */
async function verdict(key: string, message: string, signature: string): Promise<boolean> {
  const judged = [hex(key), hex(message), hex(signature)] as const
  const verdicts = await Promise.all(
    [native, portable].flatMap((engine) => [verifyWith(engine, ...judged), verifySoonWith(engine, ...judged)]),
  )
  expect(new Set(verdicts).size).toBe(1)
  return verdicts[0] as boolean
}

describe.runIf(hasShared(WYCHEPROOF))('Ed25519 by Wycheproof', () => {
  interface Group {
    readonly publicKey: { readonly pk: string }
    readonly tests: readonly { tcId: number; msg: string; sig: string; result: 'valid' | 'invalid' }[]
  }
  const { testGroups } = JSON.parse(readShared(WYCHEPROOF)) as { testGroups: readonly Group[] }
  const cases = testGroups.flatMap(({ publicKey, tests }) => tests.map((test) => ({ key: publicKey.pk, ...test })))
  const judged = (result: 'valid' | 'invalid'): Promise<(readonly [number, boolean])[]> =>
    Promise.all(
      cases
        .filter((one) => one.result === result)
        .map(async ({ tcId, key, msg, sig }) => [tcId, await verdict(key, msg, sig)] as const),
    )

  it('I6 I8 I9 refuses all 63 invalid cases, with either engine', async () => {
    const refused = await judged('invalid')
    expect(refused).toHaveLength(63)
    expect(refused.filter(([, accepted]) => accepted)).toEqual([])
  })

  it('I9 accepts all 88 valid cases, with either engine', async () => {
    const accepted = await judged('valid')
    expect(accepted).toHaveLength(88)
    expect(accepted.filter(([, valid]) => !valid)).toEqual([])
    expect(cases).toHaveLength(151)
  })
})

describe.runIf(hasShared(SPECCHECK))('Ed25519 by speccheck', () => {
  it('I5 I6 I7 I9 accepts case 3 alone of the twelve, with either engine', async () => {
    const cases = JSON.parse(readShared(SPECCHECK)) as { message: string; pub_key: string; signature: string }[]
    expect(cases).toHaveLength(12)
    const accepted = await Promise.all(
      cases.map(({ pub_key, message, signature }) => verdict(pub_key, message, signature)),
    )
    expect(accepted.flatMap((valid, i) => (valid ? [i] : []))).toEqual([3])
  })
})

describe.runIf(hasShared(DJB))("Ed25519 by djb's sign.input", () => {
  const lines = hasShared(DJB) ? readShared(DJB).trim().split('\n') : []

  it('I9 signs and verifies each of the 128 lines byte for byte, with either engine', async () => {
    expect(lines).toHaveLength(128)
    for (const line of lines) {
      const [secret, key, message, signed] = line.split(':') as [string, string, string, string]
      const signature = signed.slice(0, 128)
      for (const engine of [native, portable]) {
        const { publicKey, sign } = engine.secret(hex(secret.slice(0, 64)))
        expect(hexOf(publicKey)).toBe(key)
        expect(hexOf(sign(hex(message)))).toBe(signature)
      }
      expect(await verdict(key, message, signature)).toBe(true)
    }
  })

  it('I9 refuses each line under the key of the next', async () => {
    for (const [i, line] of lines.entries()) {
      const [, , message, signed] = line.split(':') as [string, string, string, string]
      const [, other] = (lines[(i + 1) % lines.length] as string).split(':') as [string, string]
      expect(await verdict(other, message, signed.slice(0, 128))).toBe(false)
    }
  })
})
