import { type Identity, type Statement, sealStatement, type Verified } from '@trustmesh/identity'
import { beforeAll, describe, expect, it } from 'vitest'
import * as cast from '../../test/cast.ts'
import {
  ada,
  alice,
  at,
  bob,
  carol,
  codeOf,
  mallory,
  NOW,
  net,
  olga,
  otto,
  policy,
  present,
  revoke,
} from '../../test/cast.ts'
import { parsePolicy } from '../policy.ts'
import { issueDelegation, type NewDelegation, parseDelegation } from '../statements/delegation.ts'
import { issueManifest } from '../statements/manifest.ts'
import { parseRevocation, type RevocationTarget } from '../statements/revocation.ts'
import { type Authority, authorityOf } from './authority.ts'

type Signed = Verified<Statement>

const jurisdiction = { policy: parsePolicy(policy), net }
const delegate = (by: Identity, to: Identity, delegation: Partial<NewDelegation> = {}): Promise<Signed> =>
  issueDelegation(by, { aud: to.did, can: '/tool', depth: 3, ...delegation }, at(NOW))
/** The authority of a revocation, through envelopes and back, as it stands in the statement. */
const authority = async (by: Identity, target: RevocationTarget, ...path: Signed[]): Promise<Authority | null> => {
  const envelopes = path.map(({ bytes }) => bytes)
  const statement = await revoke(by, target, envelopes.length > 0 ? envelopes : undefined)
  return authorityOf(statement.signer, parseRevocation(statement), jurisdiction)
}
const of = ({ signer: iss, id }: Signed): RevocationTarget => ({ iss, id })

describe('authorityOf, over a Did', () => {
  it('R6 has nobody but the Did itself, its recovery key, and authorities, who have a vote', async () => {
    const target = { did: bob.did }
    expect(await authority(mallory, target)).toBeNull()
    expect(await authority(alice, target)).toBeNull()
    expect(await authority(bob, target)).toBe('sole')
    expect(await authority(olga, target)).toBe('vote')
  })

  it('R6 has the recovery key that the first manifest names, and no other', async () => {
    const target = { did: bob.did }
    const first = await present(bob, { recovery: carol.did })
    expect(await authority(carol, target, first)).toBe('sole')
    expect(await authority(carol, target)).toBeNull()
    expect(await authority(mallory, target, first)).toBeNull()
    expect(await authority(carol, { did: alice.did }, first)).toBeNull()
    expect(await authority(carol, target, first, first)).toBeNull()
    expect(await authority(carol, target, await present(mallory, { recovery: carol.did }))).toBeNull()
    expect(await authority(carol, target, await present(bob))).toBeNull()
    expect(await authority(olga, target, await present(bob, { recovery: olga.did }))).toBe('sole')
  })

  it('K8 R7 takes no path from a vote, which needs none', async () => {
    const elses = await present(bob, { recovery: carol.did })
    expect(await codeOf(() => authority(olga, { did: bob.did }, elses))).toBe('revocation.malformed')
    expect(await authority(mallory, { did: bob.did }, elses)).toBeNull()
  })

  it('R6 T11 has nobody by the manifest of another mesh', async () => {
    const elsewhere = { ...at(NOW), net: cast.otherNet }
    const first = await issueManifest(bob, { name: 'bob', version: '1', recovery: carol.did }, elsewhere)
    expect(await authority(carol, { did: bob.did }, first)).toBeNull()
  })
})

describe('authorityOf, over a statement', () => {
  let chain: [Signed, Signed, Signed]

  beforeAll(async () => {
    const first = await delegate(alice, bob)
    const second = await delegate(bob, carol, { parent: parseDelegation(first), depth: 2 })
    const third = await delegate(carol, ada, { parent: parseDelegation(second), depth: 1, revokers: [otto.did] })
    chain = [first, second, third]
  })

  it('R6 has its issuer, without more', async () => {
    expect(await authority(carol, of(chain[2]))).toBe('sole')
    for (const by of [mallory, alice, bob, ada, otto, olga]) expect(await authority(by, of(chain[2]))).toBeNull()
  })

  it('R6 has whoever issued a link upstream, by the chain from there', async () => {
    expect(await authority(alice, of(chain[2]), ...chain)).toBe('sole')
    expect(await authority(bob, of(chain[2]), chain[1], chain[2])).toBe('sole')
  })

  it('R6 has the audience and the revokers that the delegation names, by the delegation', async () => {
    expect(await authority(ada, of(chain[2]), chain[2])).toBe('sole')
    expect(await authority(otto, of(chain[2]), chain[2])).toBe('sole')
    expect(await authority(mallory, of(chain[2]), chain[2])).toBeNull()
    expect(await authority(otto, of(chain[1]), chain[1])).toBeNull()
  })

  it('R6 has nobody by a path that is broken, turned round, of something else, or cut short', async () => {
    const [first, second, third] = chain
    const forged = await delegate(mallory, carol)
    expect(await authority(alice, of(third), first, third)).toBeNull()
    expect(await authority(alice, of(third), third, second, first)).toBeNull()
    expect(await authority(alice, of(third), first, second)).toBeNull()
    expect(await authority(ada, of(third), await delegate(carol, ada))).toBeNull()
    expect(await authority(mallory, of(third), forged, third)).toBeNull()
    expect(await authority(mallory, of(third), forged)).toBeNull()
    expect(await authority(alice, { iss: mallory.did, id: third.id }, ...chain)).toBeNull()
  })

  it('R6 has nobody by a parent whose audience is another, though it is named', async () => {
    const stolen = await delegate(mallory, ada)
    const child = await sealStatement(carol, 'delegation', { ...chain[2].claim, parent: idBytes(stolen.id) } as never)
    expect(await authority(mallory, of(child), stolen, child)).toBeNull()
  })

  it('R6 has nobody by an envelope whose signature does not hold, or that is no delegation', async () => {
    const [first, second, third] = chain
    const bytes = first.bytes.slice()
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1
    expect(await authority(alice, of(third), { ...first, bytes }, second, third)).toBeNull()
    const rating = await cast.attest(alice, { sub: bob.did, value: 1 })
    expect(await authority(bob, of(rating), rating)).toBeNull()
  })

  it('R6 T11 has nobody by the links of another mesh', async () => {
    const elsewhere = { ...at(NOW), net: cast.otherNet }
    const link = await issueDelegation(alice, { aud: bob.did, can: '/tool' }, elsewhere)
    expect(await authority(bob, of(link), link)).toBeNull()
  })
})

const idBytes = (id: string): Uint8Array => new Uint8Array(Buffer.from(id, 'hex'))
