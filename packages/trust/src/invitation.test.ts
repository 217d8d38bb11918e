import { encode, keyOf, openStatement } from '@trustmesh/identity'
import { describe, expect, it } from 'vitest'
import { alice, at, bob, codeOf, DAY_MS, NOW, net, olga, oskar, otto } from '../test/cast.ts'
import { faultOfHeld } from './chain/held-chain.ts'
import { answerInvitation, issueInvitation, JOIN, parseInvitation } from './invitation.ts'
import { parseDelegation } from './statements/delegation.ts'

const mesh = {
  ...{ url: 'wss://mesh.example/path', node: bob.did, root: alice.did, threshold: 2, invited: true },
  authorities: [olga.did, otto.did, oskar.did],
}
const invite = (ttlMs = 3_600_000) => issueInvitation(olga, { ...mesh, guest: 'node', ttlMs }, at(NOW))
const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
const knowledge = { isRevoked: () => false, isVoid: () => false }

describe('an invitation', () => {
  it('F6 is malformed where it is not a token, too long, or says what it should not', async () => {
    const token = await invite()
    const { seed, link } = parseInvitation(token)
    const claim = { v: 1, url: 'ws://a', node: keyOf(bob.did), root: keyOf(alice.did), authorities: [], threshold: 1 }
    const documents = [
      { ...claim, invited: true, seed, link, more: 1 },
      { ...claim, invited: true, seed, link, v: 2 },
      { ...claim, invited: true, seed: seed.slice(1), link },
      { ...claim, invited: true, seed, link, url: 'http://a' },
      { ...claim, invited: true, seed, link, node: new Uint8Array(32) },
      { ...claim, invited: true, seed, link, threshold: 0 },
      [],
    ]
    for (const document of documents) {
      expect(await codeOf(() => parseInvitation(base64url(encode(document))))).toBe('invitation.malformed')
    }
    for (const text of ['', ' ', `${token} `, `${token}A`, token.slice(1), 'A'.repeat(100_000), 'é']) {
      expect(await codeOf(() => parseInvitation(text))).toBe('invitation.malformed')
    }
  })

  it('is of no use once it is over', async () => {
    const invitation = parseInvitation(await invite())
    expect(await codeOf(() => answerInvitation(bob, invitation, at(NOW + 3_600_000)))).toBe('delegation.expiry')
  })

  it('says where to go and whom to expect, in less than a kilobyte for three authorities', async () => {
    const token = await invite()
    expect(token.length).toBeLessThan(1024)
    const { seed, link, ...said } = parseInvitation(token)
    expect(said).toEqual(mesh)
  })

  it('is answered by a chain from whoever invites to whoever holds it', async () => {
    const answer = await answerInvitation(bob, parseInvitation(await invite()), at(NOW))
    const links = answer.map((bytes) => parseDelegation(openStatement(bytes)))
    expect(links.at(-1)?.aud).toBe(bob.did)
    expect(faultOfHeld(links, { net, root: olga.did, can: JOIN.node, knowledge }, NOW)).toBeNull()
    expect(faultOfHeld(links, { net, root: olga.did, can: JOIN.agent, knowledge }, NOW)?.code).toBe('chain.capability')
    expect(faultOfHeld(links, { net, root: olga.did, can: JOIN.node, knowledge }, NOW + DAY_MS)?.code).toBe(
      'chain.expired',
    )
  })
})
