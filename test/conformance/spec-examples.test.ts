import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  type Claim,
  decode,
  decodeBody,
  didOf,
  encode,
  identityFromSeed,
  keyOf,
  meshIdOf,
  openStatement,
  type Statement,
  sealStatement,
} from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import { preimage } from '../../packages/identity/src/signing.ts'

const page = (name: string): string => readFileSync(new URL(`../../docs/spec/${name}.md`, import.meta.url), 'utf8')
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
/** The page without white space, so that hex may be broken anywhere for the eye. */
const dense = (name: string): string => page(name).replaceAll(/\s+/g, '')
const refused = (code: string): unknown => expect.objectContaining({ name: 'IdentityError', code })

const identityPage = page('identity')
const alice = identityFromSeed(new Uint8Array(32).fill(1))
const bob = identityFromSeed(new Uint8Array(32).fill(2))

describe('docs/spec', () => {
  it.each([
    ['identity', 'ENC', 12],
    ['identity', 'ID', 26],
    ['statements', 'ST', 43],
    ['trust', 'TR', 20],
    ['delegation', 'DG', 27],
    ['replication', 'RE', 27],
    ['membership', 'ME', 19],
    ['peers', 'PE', 23],
    ['admin', 'AD', 27],
  ])('numbers each requirement of %s, %s-…, once', (name, family, count) => {
    const numbers = [...page(name).matchAll(new RegExp(`^- \\*\\*${family}-(\\d+)\\*\\*`, 'gm'))].map(([, number]) =>
      Number(number),
    )
    expect(numbers).toHaveLength(count)
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    if (family === 'ENC') expect(numbers).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
  })

  const pages = [
    'identity',
    'statements',
    'trust',
    'delegation',
    'handshake',
    'session',
    'peers',
    'replication',
    'membership',
  ]
  it.each(pages)('cites in %s no requirement that no page has', (name) => {
    const all = pages.map(page).join('\n')
    const cited = page(name).matchAll(/\b(?:ENC|ID|ST|TR|DG|HS|SE|PE|RE|ME)-\d+\b/g)
    for (const [number] of cited) expect(all).toContain(`- **${number}**`)
  })
})

describe('docs/spec/identity.md', () => {
  it('names every code that the scan can give', () => {
    const source = readFileSync(new URL('../../packages/identity/src/strict-scan.ts', import.meta.url), 'utf8')
    const codes = new Set([...source.matchAll(/'(encoding\.[a-z0-9-]+)'/g)].map(([, code]) => code as string))
    expect(codes.size).toBe(14)
    for (const code of codes) expect(identityPage).toContain(`\`${code}\``)
  })

  it('I5 lists 14 encodings of small order, all of which are refused', () => {
    const rows = [...identityPage.matchAll(/^\| `([0-9a-f]{64})` \| `…([0-9a-f]{2})` \|/gm)]
    const keys = rows.flatMap(([, y = '', last = '']) => [y, y.slice(0, 62) + last])
    expect(new Set(keys).size).toBe(14)
    for (const key of keys) expect(() => didOf(hex(key))).toThrow(refused('key.small-order'))
  })

  it('gives the bytes that the implementation gives', async () => {
    const { payload, signature } = await alice.sign('handshake/initiator', {})
    const form = preimage('handshake/initiator', keyOf(alice.did), payload)
    for (const shown of [hexOf(keyOf(alice.did)), alice.did, hexOf(form), hexOf(signature)]) {
      expect(dense('identity')).toContain(shown)
    }
  })

  it('judges its example documents as the implementation does', () => {
    const [, table = ''] = identityPage.split('| bytes | verdict |')
    const rows = [...table.matchAll(/^\| (`[0-9a-f `,]+`) \| (.+) \|$/gm)]
    expect(rows).toHaveLength(13)
    for (const [, documents = '', verdict = ''] of rows) {
      for (const [, document = ''] of documents.matchAll(/`([^`]+)`/g)) {
        const [inBody, elsewhere] = verdict.includes(' in a body, else ')
          ? verdict.split(' in a body, else ')
          : [verdict, verdict]
        for (const [decoded, outcome = ''] of [
          [decodeBody, inBody],
          [decode, elsewhere],
        ] as const) {
          const [, code] = /^`(encoding\.[a-z0-9-]+)`$/.exec(outcome) ?? []
          if (code) expect(() => decoded(hex(document)), document).toThrow(refused(code))
          else expect(() => decoded(hex(document)), document).not.toThrow()
        }
      }
    }
    expect(decode(hex('82 a161 01 a162 93 c0 c3 a2c3a9'))).toEqual({ a: 1, b: [null, true, 'é'] })
    expect([decode(hex('cd0100')), decode(hex('d10100'))]).toEqual([256, 256])
  })
})

describe('docs/spec/statements.md', () => {
  const iat = 1_700_000_000_000
  const common = { net: meshIdOf(alice.did), iat, nonce: new Uint8Array(16).fill(9) }
  const examples: readonly [string, Claim][] = [
    ['note', common],
    [
      'attestation',
      {
        ...common,
        sub: keyOf(bob.did),
        ctx: 'tool/search',
        value: 800,
        weight: 2000,
        evidence: [],
        evidenceAt: iat,
        exp: iat + 86_400_000,
        seq: iat,
      },
    ],
    ['revocation', { ...common, target: { did: keyOf(bob.did) }, reason: 'leaked key' }],
  ]

  it.each(examples)('gives the bytes of a %s that the implementation gives', async (type, claim) => {
    const statement: Statement = await sealStatement(alice, type, claim)
    const [, , payload, signer, signature] = decode(statement.bytes) as [1, string, Uint8Array, Uint8Array, Uint8Array]
    const form = preimage(type, signer, payload)
    expect(statement.id).toBe(createHash('sha256').update(form).digest('hex'))
    const shown = dense('statements')
    for (const bytes of [payload, signature]) expect(shown).toContain(hexOf(bytes))
    expect(shown).toContain(statement.id)
    if (type === 'note') for (const bytes of [form, statement.bytes]) expect(shown).toContain(hexOf(bytes))
    expect(openStatement(encode([1, type, payload, signer, signature])).id).toBe(statement.id)
  })

  it('gives the names and the mesh of its examples', () => {
    const shown = dense('statements')
    for (const text of [alice.did, bob.did, hexOf(keyOf(bob.did)), hexOf(common.net)]) expect(shown).toContain(text)
  })
})
