import { openStatement } from '@trustmesh/identity'
import type { Mesh } from '@trustmesh/sdk'
import { parseReceipt } from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import { join, someone, until } from '../e2e/kit.ts'
import { hasPython, type PythonAgent } from './python-agent.ts'
import { python, type Scene, sceneOfTrust } from './scene.ts'

const KNOWN = { minTier: 'known' } as const
const LARGE = Uint8Array.from({ length: 300_000 }, (_, n) => n % 251)
const inJson = (bytes: Uint8Array): { $bin: string } => ({ $bin: Buffer.from(bytes).toString('hex') })
const ITEMS = Array.from({ length: 40 }, (_, n) => n)

/** Resolves once the agent has carried out what it was told before: it does so in order. */
async function done(agent: PythonAgent, { did: to }: Mesh): Promise<void> {
  agent.do({ do: 'request', id: 'done', to, kind: 'nothing' })
  await until(async () => (await agent.next('error'))['id'] === 'done')
}

/** Resolves once all that the agent has said to alice has been heard, and answered. */
async function rest(agent: PythonAgent, alice: Mesh): Promise<void> {
  agent.do({ do: 'rest', did: alice.did })
  await agent.next('rests')
}

async function serving(handler: object): Promise<Scene> {
  const on = await sceneOfTrust()
  on.agent.do({ do: 'serve', minTier: 'known', ...handler })
  await done(on.agent, on.ada)
  return on
}

describe.skipIf(!hasPython())('an agent in Python and one with the SDK, end to end', () => {
  describe('where Python asks', () => {
    it('is told no more items of a stream than it has granted, and in the end all of them', async () => {
      await using on = await sceneOfTrust()
      const { alice, agent } = on
      let yielded = 0
      alice.on('count', KNOWN, async function* () {
        for (const n of ITEMS) {
          yielded = n + 1
          yield n
        }
      })
      agent.do({ do: 'stream', id: 1, to: alice.did, kind: 'count', grant: 4 })
      for (const content of ITEMS.slice(0, 4)) expect(await agent.next('item')).toMatchObject({ id: 1, content })
      await done(agent, alice)
      expect(yielded).toBe(5)
      agent.do({ do: 'credit', id: 1, grant: 40 })
      for (const content of ITEMS.slice(4)) expect(await agent.next('item')).toMatchObject({ id: 1, content })
      expect(await agent.next('end')).toMatchObject({ id: 1 })
    })

    it('stops a stream that it wants no more of', async () => {
      await using on = await sceneOfTrust()
      const { alice, agent } = on
      const ended = new Promise((resolve) => {
        alice.on('count', KNOWN, async function* () {
          try {
            for (let n = 0; ; n++) yield n
          } finally {
            resolve(true)
          }
        })
      })
      agent.do({ do: 'stream', id: 1, to: alice.did, kind: 'count', grant: 2 })
      await agent.next('item')
      await agent.next('item')
      agent.do({ do: 'cancel', id: 1 })
      expect(await agent.next('error')).toMatchObject({ id: 1, code: 'cancelled' })
      expect(await ended).toBe(true)
    })

    it('is told that a handler has many answers, or one', async () => {
      await using on = await sceneOfTrust()
      const { alice, agent } = on
      alice.on('many', KNOWN, async function* () {})
      alice.on('one', KNOWN, () => 'one')
      agent.do({ do: 'request', id: 1, to: alice.did, kind: 'many' })
      expect(await agent.next('error')).toMatchObject({ id: 1, code: 'is-stream' })
      agent.do({ do: 'stream', id: 2, to: alice.did, kind: 'one', grant: 1 })
      expect(await agent.next('item')).toMatchObject({ id: 2, content: 'one' })
      expect(await agent.next('end')).toMatchObject({ id: 2 })
    })

    it('says 300 KB in parts, and is answered with as much', async () => {
      await using on = await sceneOfTrust()
      const { alice, agent } = on
      alice.on('echo', KNOWN, (content) => content as Uint8Array)
      agent.do({ do: 'request', id: 1, to: alice.did, kind: 'echo', content: inJson(LARGE) })
      expect(await agent.next('reply')).toEqual({ event: 'reply', id: 1, content: inJson(LARGE) })
    })

    it('signs what it asks, and has the answer signed', async () => {
      await using on = await sceneOfTrust()
      const { alice, agent } = on
      const shown: Uint8Array[] = []
      alice.on('task', KNOWN, (_, { receipt }) => {
        if (receipt) shown.push(receipt)
        return 'done'
      })
      agent.do({ do: 'request', id: 1, to: alice.did, kind: 'task', signed: true })
      expect(await agent.next('reply')).toEqual({
        ...{ event: 'reply', id: 1, content: 'done' },
        receipt: expect.stringMatching(/^[0-9a-f]{64}$/),
      })
      expect(parseReceipt(openStatement(shown[0] as Uint8Array))).toMatchObject({ iss: python, to: alice.did })

      agent.do({ do: 'request', id: 2, to: alice.did, kind: 'task', signed: 'something else' })
      expect(await agent.next('error')).toMatchObject({ id: 2, code: 'failed' })
      expect(shown).toHaveLength(1)
    })

    it('M13 learns that the program it has asked is another one now', async () => {
      const identity = someone()
      await using on = await sceneOfTrust(identity)
      const { node, alice, agent } = on
      const asked = new Promise((resolve) => {
        alice.on('wait', KNOWN, async () => {
          resolve(true)
          await new Promise(() => {})
        })
      })
      agent.do({ do: 'request', id: 1, to: alice.did, kind: 'wait' })
      await asked
      await alice.close()
      await using again = await join(node.joinFile, 'alice', { identity })
      expect(again.did).toBe(alice.did)
      expect(await agent.next('error')).toMatchObject({ id: 1, code: 'message.interrupted' })
    })
  })

  describe('where Python is asked', () => {
    it('has what is merely said to it', async () => {
      await using on = await serving({ kind: 'note' })
      const { alice, agent } = on
      await alice.send(python, 'note', { n: 1 })
      expect(await agent.next('received')).toEqual({
        ...{ event: 'received', kind: 'note', from: alice.did },
        content: { n: 1 },
      })
    })

    it('is asked with 300 KB in parts, and answers with as much', async () => {
      await using on = await serving({ kind: 'echo' })
      expect(await on.alice.request(python, 'echo', LARGE)).toEqual({ echo: LARGE, for: on.alice.did })
    })

    it('says no more items of a stream than are taken, and in the end all of them', async () => {
      await using on = await serving({ kind: 'list', items: 40 })
      const { alice, agent } = on
      const items = alice.stream(python, 'list')
      const first = await items.next()
      expect((await agent.next('paused'))['said']).toBeLessThan(40)
      const rest: unknown[] = []
      for await (const item of items) rest.push(item)
      expect([first.value, ...rest]).toEqual(ITEMS)
    })

    it('learns that nobody takes more of a stream', async () => {
      await using on = await serving({ kind: 'list', items: 1_000_000 })
      const { alice, agent } = on
      for await (const item of alice.stream(python, 'list')) if (item === 20) break
      expect(await agent.next('cancelled')).toEqual({ event: 'cancelled', from: alice.did })
    })

    it('answers with a signature where it is asked with one', async () => {
      await using on = await serving({ kind: 'echo' })
      const { alice, agent } = on
      const { content, receipt } = await alice.request(python, 'echo', 'x', { signed: true })
      expect(content).toMatchObject({ echo: 'x' })
      const { iss, to, re } = parseReceipt(openStatement(receipt))
      expect([iss, to, re]).toEqual([python, alice.did, (await agent.next('served'))['receipt']])
    })

    it('is believed nothing without one', async () => {
      await using on = await serving({ kind: 'echo', signed: false })
      const asked = on.alice.request(python, 'echo', 'x', { signed: true })
      await expect(asked).rejects.toMatchObject({ code: 'request.failed' })
    })
  })

  describe('whatever becomes of their sessions', () => {
    it('go on in the same one once their node is back', async () => {
      await using on = await serving({ kind: 'echo' })
      const { node, alice, agent } = on
      expect(await alice.request(python, 'echo', 1)).toMatchObject({ echo: 1 })
      expect(await agent.next('met')).toMatchObject({ did: on.ada.did })
      expect(await agent.next('met')).toMatchObject({ did: alice.did })
      await rest(agent, alice)
      await node.stop()
      await node.startAgain()
      expect(await agent.next('joined')).toMatchObject({ resumed: false })
      await alice.online()
      agent.do({ do: 'rekey', did: alice.did })
      expect(await alice.request(python, 'echo', 2)).toMatchObject({ echo: 2 })
      await done(agent, alice)
      expect(agent.said('met')).toEqual([])
    })

    it('H2 resume without signatures where Python has met alice', async () => {
      await using on = await sceneOfTrust()
      const { alice, agent } = on
      for (const resumed of [false, true, true]) {
        await done(agent, alice)
        expect(await agent.next('met')).toEqual({ event: 'met', did: alice.did, role: 'initiator', resumed })
        await rest(agent, alice)
        agent.do({ do: 'lose', did: alice.did })
      }
    })

    it('H2 resume without signatures where alice has met Python', async () => {
      await using on = await serving({ kind: 'echo' })
      const { ada, alice, agent } = on
      expect(await agent.next('met')).toMatchObject({ did: ada.did })
      for (const resumed of [false, true, true]) {
        expect(await alice.request(python, 'echo', 1)).toMatchObject({ echo: 1 })
        expect(await agent.next('met')).toEqual({ event: 'met', did: alice.did, role: 'responder', resumed })
        await rest(agent, alice)
        agent.do({ do: 'lose', did: alice.did })
        await done(agent, ada)
      }
    })

    it('are answered though their node went away meanwhile', async () => {
      await using on = await sceneOfTrust()
      const { node, alice, agent } = on
      let answer: (value: string) => void = () => {}
      const asked = new Promise((resolve) => {
        alice.on('wait', KNOWN, () => {
          resolve(true)
          return new Promise<string>((resolve) => {
            answer = resolve
          })
        })
      })
      agent.do({ do: 'request', id: 1, to: alice.did, kind: 'wait' })
      await asked
      await node.stop()
      answer('after all')
      await node.startAgain()
      expect(await agent.next('reply')).toMatchObject({ id: 1, content: 'after all' })
    })

    it.each([
      ['M1 Python replays what it said', { do: 'replay' }],
      ['M1 Python takes what it was told for told again', { do: 'replay', received: true }],
      ['M13 Python says again what it said, under its number', { do: 'repeat' }],
    ])('hand everything over once, in order, where %s', async (_, lie) => {
      await using on = await serving({ kind: 'note' })
      const { alice, agent } = on
      const heard: unknown[] = []
      alice.on('note', KNOWN, (content) => void heard.push(content))
      for (let id = 1; id <= 5; id++) {
        agent.do({ do: 'send', id, to: alice.did, kind: 'note', content: id })
        expect(await agent.next('sent')).toMatchObject({ id })
        await alice.send(python, 'note', id)
        expect(await agent.next('received')).toMatchObject({ content: id })
        agent.do({ ...lie, did: alice.did })
      }
      await done(agent, alice)
      expect(heard).toEqual([1, 2, 3, 4, 5])
      expect(agent.said('received')).toEqual([])
      // It has cost them sessions, and nothing else.
      expect(agent.said('met').length).toBeGreaterThan(2)
    })
  })
})
