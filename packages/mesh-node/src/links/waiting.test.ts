import { generateIdentity, type Identity, type Statement, sealStatement, type Verified } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { describe, expect, it } from 'vitest'
import { Waiting } from './waiting.ts'

const [bob, carol, mallory] = Array.from({ length: 3 }, () => generateIdentity(systemRandom)) as [
  Identity,
  Identity,
  Identity,
]

function note(by: Identity): Promise<Verified<Statement>> {
  return sealStatement(by, 'note', { net: new Uint8Array(32), iat: 0, nonce: systemRandom(16) })
}

describe(Waiting, () => {
  it('hands out what an issuer has waiting, each once', async () => {
    const waiting = new Waiting()
    const [one, other] = [await note(bob), await note(bob)]
    for (const statement of [one, other, one]) waiting.add(statement, mallory.did)
    waiting.add(await note(carol), mallory.did)
    expect(waiting.take(bob.did).map(({ statement }) => statement)).toEqual([one, other])
    expect(waiting.take(bob.did)).toEqual([])
  })

  it('F4 lets the issuer go who has waited longest where there is no room', async () => {
    const [one, other, last] = [await note(bob), await note(carol), await note(mallory)]
    const waiting = new Waiting(one.bytes.length + other.bytes.length)
    for (const statement of [one, other, last]) waiting.add(statement, bob.did)
    expect([bob, carol, mallory].map(({ did }) => waiting.take(did).length)).toEqual([0, 1, 1])
  })

  it('I15 keeps a bounded number of one issuer', async () => {
    const waiting = new Waiting()
    for (let n = 0; n < 1_100; n++) waiting.add(await note(mallory), bob.did)
    expect(waiting.take(mallory.did)).toHaveLength(1_024)
  })
})
