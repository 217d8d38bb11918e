import { identityFromSeed, meshIdOf, openStatement } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { issueAttestation, parseReceipt } from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import { turned } from '../../../test/protocol-kit.ts'
import { Receipts } from './receipts.ts'

const [ALICE, BOB, CAROL] = [1, 2, 3].map((byte) => identityFromSeed(new Uint8Array(32).fill(byte)))
const [alice, bob, carol] = [ALICE!, BOB!, CAROL!]
const issuance = { net: meshIdOf(alice.did), clock: systemClock, random: systemRandom }
const elsewhere = { ...issuance, net: meshIdOf(bob.did) }
const [ofAlice, ofBob, ofCarol] = [alice, bob, carol].map((identity) => new Receipts(identity, issuance))
const [QUESTION, ANSWER] = [Uint8Array.of(1), Uint8Array.of(2)]

describe(Receipts, () => {
  it('takes what the sender signed for this agent, and for this body', async () => {
    const receipt = await ofBob!.issue(alice.did, QUESTION)
    expect(ofAlice!.isFor(receipt, bob.did, QUESTION)).toBe(true)
  })

  it('H16 M4 takes nothing that somebody else signed, nor what was for somebody else', async () => {
    const [ofAnother, forAnother] = [await ofCarol!.issue(alice.did, QUESTION), await ofBob!.issue(carol.did, QUESTION)]
    expect([ofAnother, forAnother].map((receipt) => ofAlice!.isFor(receipt, bob.did, QUESTION))).toEqual([false, false])
    expect(ofCarol!.isFor(forAnother, bob.did, QUESTION)).toBe(true)
  })

  it('takes nothing for another body, of another mesh, or of another type, and nothing of which a bit was turned', async () => {
    const receipt = await ofBob!.issue(alice.did, QUESTION)
    expect(ofAlice!.isFor(receipt, bob.did, ANSWER)).toBe(false)
    const there = await new Receipts(bob, elsewhere).issue(alice.did, QUESTION)
    expect(ofAlice!.isFor(there, bob.did, QUESTION)).toBe(false)
    const { bytes } = await issueAttestation(bob, { sub: alice.did, value: 1, weight: 1 }, issuance)
    expect(ofAlice!.isFor(bytes, bob.did, QUESTION)).toBe(false)
    for (let bit = 0; bit < receipt.length * 8; bit += 7) {
      expect(ofAlice!.isFor(turned(receipt, bit), bob.did, QUESTION)).toBe(false)
    }
    expect(ofAlice!.isFor(new Uint8Array(), bob.did, QUESTION)).toBe(false)
  })

  it('H1 takes an answer only for what was asked, and no question for an answer', async () => {
    const [asked, other] = [await ofAlice!.issue(bob.did, QUESTION), await ofAlice!.issue(bob.did, QUESTION)]
    const answer = await ofBob!.issue(alice.did, ANSWER, asked)
    expect(ofAlice!.isFor(answer, bob.did, ANSWER, asked)).toBe(true)
    expect(ofAlice!.isFor(answer, bob.did, ANSWER, other)).toBe(false)
    expect(ofAlice!.isFor(answer, bob.did, ANSWER)).toBe(false)
    const unasked = await ofBob!.issue(alice.did, ANSWER)
    expect(ofAlice!.isFor(unasked, bob.did, ANSWER, asked)).toBe(false)
  })

  it('says what it was that was answered', async () => {
    const asked = await ofAlice!.issue(bob.did, QUESTION)
    const answer = parseReceipt(openStatement(await ofBob!.issue(alice.did, ANSWER, asked)))
    expect([answer.iss, answer.to, answer.re]).toEqual([bob.did, alice.did, openStatement(asked).id])
  })
})
