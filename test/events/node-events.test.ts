import type { Identity, Statement, Verified } from '@trustmesh/identity'
import { keyOf } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { type Issuance, issueAttestation, issueManifest, issueRevocation, issueSuspension } from '@trustmesh/trust'
import { describe, expect, it, vi } from 'vitest'
import { join, joinRaw, Relay, someone, TestNode, until, type WireSession } from '../e2e/kit.ts'
import { NodeMesh } from '../mesh-links/node-mesh.ts'

function issuanceOf({ node }: TestNode): Issuance {
  return { net: node.net, clock: systemClock, random: systemRandom }
}

/** Has a node take a statement; gives the code of its answer, if any. */
async function leave(session: WireSession, { bytes }: Verified<Statement>): Promise<string | undefined> {
  session.send({ type: 'statement', bytes })
  return (await session.nextOf('ack'))?.code
}

const kindsOf = (node: TestNode, { did }: Identity): string[] =>
  node
    .events()
    .filter((event) => event.did === did)
    .map(({ kind }) => kind)

describe('what a node tells those who watch', () => {
  it('is who comes of whom nobody has heard, once, and who comes and goes', async () => {
    await using node = await TestNode.start()
    await using ada = await join(node.joinFile, 'ada', { identity: await node.key('root') })
    const [phantom, known] = [someone(), someone()]
    await ada.attest(known.did, { value: 800 })
    for (const who of [phantom, known, phantom]) {
      using session = await joinRaw(node.joinFile, who)
      session.wire.tcp.end()
      await session.wire.closed
      await until(() => kindsOf(node, who).at(-1) === 'agent.left')
    }
    const visit = ['agent.joined', 'agent.left']
    expect(kindsOf(node, phantom)).toEqual(['agent.first-seen', ...visit, ...visit])
    expect(kindsOf(node, known)).toEqual(visit)
  })

  it('is how an agent first describes itself, and that it comes to do so otherwise', async () => {
    await using node = await TestNode.start()
    const bob = someone()
    using session = await joinRaw(node.joinFile, bob)
    const present = async (version: string, previousSeq?: number): Promise<number> => {
      const manifest = { name: 'bob', version, ...(previousSeq === undefined ? {} : { previousSeq }) }
      const statement = await issueManifest(bob, manifest, issuanceOf(node))
      expect(await leave(session, statement)).toBeUndefined()
      return statement.claim['seq'] as number
    }
    const first = await present('1')
    const again = await present('1', first)
    await present('2', again)
    const told = node.events().filter(({ kind }) => kind.startsWith('manifest.'))
    expect(told).toMatchObject([
      { kind: 'manifest.changed', severity: 'info', did: bob.did, code: 'manifest.first' },
      { kind: 'manifest.drift', severity: 'notice', did: bob.did },
    ])
    expect(told.every(({ statement }) => statement)).toBe(true)
  })

  it('is that a key has contradicted itself, once for each time, with the statement that shows it', async () => {
    await using node = await TestNode.start()
    const [bob, carol] = [someone(), someone()]
    using session = await joinRaw(node.joinFile, bob)
    const at = systemClock.now()
    const rate = (value: number): Promise<Verified<Statement>> =>
      issueAttestation(
        bob,
        { sub: carol.did, value },
        { ...issuanceOf(node), clock: { ...systemClock, now: () => at } },
      )
    const [one, other, third] = [await rate(1), await rate(2), await rate(3)]
    for (const each of [one, other, third]) await leave(session, each)
    expect(node.events('key.equivocation')).toMatchObject([{ severity: 'critical', did: bob.did, statement: other.id }])
  })

  it('is that somebody asks for more than there is, once in a while', async () => {
    await using node = await TestNode.start({ limits: { messagesPerSecondPerDid: 1, statementsPerSecondPerDid: 1 } })
    const bob = someone()
    using session = await joinRaw(node.joinFile, bob)
    for (let n = 0; n < 10; n++) {
      const body = new Uint8Array(1)
      session.send({ type: 'message', id: systemRandom(16), to: keyOf(someone().did), body })
      session.send({ type: 'statement', bytes: body })
    }
    const codes = await until(() => {
      const codes = new Set(node.events('quota.exceeded').map(({ code }) => code))
      return codes.size >= 2 && codes
    })
    expect([...codes].sort().slice(0, 2)).toEqual(['message.rate-limited', 'session.rate-limited'])
    expect(node.events('quota.exceeded').every(({ did, severity }) => did === bob.did && severity === 'notice')).toBe(
      true,
    )
  })

  it('is that somebody is revoked, by which statement', async () => {
    await using node = await TestNode.start()
    const bob = someone()
    using session = await joinRaw(node.joinFile, bob)
    const revocation = await issueRevocation(bob, { target: { did: bob.did }, reason: 'key leaked' }, issuanceOf(node))
    session.send({ type: 'statement', bytes: revocation.bytes })
    await session.nextOf('close')
    const [event] = await until(() => node.events('revocation.applied').length > 0 && node.events('revocation.applied'))
    expect(event).toMatchObject({ did: bob.did, statement: revocation.id })
    expect(JSON.stringify(node.events())).not.toContain('leaked')
  })

  it('is that somebody is suspended, by whom, and that it is over', async () => {
    await using node = await TestNode.start()
    const authority = await node.key('authority')
    const bob = someone()
    const suspend = async (sub: Identity, until: number, fields: object = {}): Promise<Verified<Statement>> => {
      using session = await joinRaw(node.joinFile, authority)
      const hold = await issueSuspension(authority, { sub: sub.did, until, ...fields }, issuanceOf(node))
      expect(await leave(session, hold)).toBeUndefined()
      return hold
    }
    const later = systemClock.now() + 3_600_000
    const hold = await suspend(bob, later)
    const previousSeq = hold.claim['seq'] as number
    await suspend(bob, later + 1, { previousSeq })
    expect(node.events('suspension.applied')).toMatchObject([{ did: bob.did, statement: hold.id, by: authority.did }])
    await suspend(bob, later, { previousSeq: previousSeq + 1_000, lifted: true })
    expect(kindsOf(node, bob)).toEqual(['suspension.applied', 'suspension.ended'])
  })

  it('is that a suspension from before a restart is over, and not that it began', async () => {
    await using mesh = await NodeMesh.start({ nodes: 1 })
    const [authority, carol] = [await mesh.key(0, 'authority'), someone()]
    {
      using session = await joinRaw(mesh.at(0).joinFile, authority)
      const until = systemClock.now() + 3_600_000
      await leave(session, await issueSuspension(authority, { sub: carol.did, until }, mesh.issuance))
    }
    await mesh.stop(0)
    let laterMs = 0
    const clock = { now: () => systemClock.now() + laterMs, monotonic: () => systemClock.monotonic() }
    await mesh.startAgain(0, { clock })
    laterMs = 3_600_001
    const ofCarol = () =>
      mesh
        .at(0)
        .running.events.since(0)
        .flatMap(({ did, kind }) => (did === carol.did ? [kind] : []))
    await until(() => ofCarol().length > 0)
    expect(ofCarol()).toEqual(['suspension.ended'])
  })

  it('is that another node is linked, and that it is gone', async () => {
    await using mesh = await NodeMesh.start({ nodes: 2 })
    const { events } = mesh.at(0).running
    const ofPeer = () => events.since(0).flatMap(({ did, kind }) => (did === mesh.at(1).node.did ? [kind] : []))
    await until(() => ofPeer().includes('peer.linked'))
    await mesh.stop(1)
    await until(() => ofPeer().at(-1) === 'peer.lost')
    expect(ofPeer()).not.toContain('agent.joined')
  })

  it('R1 is that a member which was heard before says nothing any more, and which it is', async () => {
    let isMute = false
    let relay: Relay | undefined
    await using mesh = await NodeMesh.start({
      nodes: 3,
      // What the last node says to the first is lost on the way.
      via: async ({ url, node }, from, to) => {
        if (from !== 2 || to !== 0) return url
        relay = await Relay.start({ url, node, net: '' }, ({ bytes }) => (isMute ? [] : [bytes]))
        return relay.joinFile.url
      },
      dials: (place) => (place === 0 ? [] : [0]),
    })
    const { events } = mesh.at(0).running
    const stale = () => events.since(0).filter(({ kind }) => kind === 'peer.stale')
    await until(() => mesh.at(0).node.members.every(({ ageMs }) => ageMs !== null))
    isMute = true
    // Three times as long as it takes a member to speak again, and until the next look.
    await vi.waitUntil(() => stale().length > 0, { timeout: 45_000 })
    await relay?.[Symbol.asyncDispose]()
    const silent = { severity: 'critical', code: 'member.silent', did: mesh.at(2).node.did }
    expect(stale()).toEqual([expect.objectContaining(silent)])
  })

  it('is that somebody without a token was at the door', async () => {
    await using node = await TestNode.start()
    await node.call('/v1/agents', undefined, 'wrong')
    expect(node.events('login.refused')).toMatchObject([{ code: 'admin.unauthenticated' }])
  })

  it('is that it starts and stops', async () => {
    await using node = await TestNode.start()
    expect(node.events('node.started')).toMatchObject([{ did: node.node.did }])
  })
})
