import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { join, someone, TestNode, until } from '../e2e/kit.ts'

/** Rounds between two looks, and how many looks: more of them where the environment says so. */
const ROUNDS = 25
const LOOKS = Number(process.env['TRUSTMESH_TEST_SOAK'] ?? 4)
/** What a visit may leave behind, in bytes: a ticket, which is kept for ten minutes. */
const LEFT_BEHIND = 6_144
const VISITORS = 4

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

interface Look {
  readonly heap: number
  readonly handles: number
}

it(
  'O4 a node and its agents grow by nothing, however often others come, speak and go',
  async () => {
    await using node = await TestNode.start()
    await using host = await join(node.joinFile, 'host', { identity: await node.key('root') })
    const visitors = Array.from({ length: VISITORS }, () => someone())
    for (const { did } of visitors) await host.attest(did, { value: 900 })
    host.on('echo', {}, (content) => content)
    host.on('count', {}, async function* () {
      for (let n = 0; n < 20; n++) yield n
    })
    const round = async (): Promise<void> => {
      for (const identity of visitors) {
        await using mesh = await join(node.joinFile, 'visitor', { identity })
        for (let n = 0; n < 5; n++) expect(await mesh.request(host.did, 'echo', n)).toBe(n)
        let items = 0
        for await (const _ of mesh.stream(host.did, 'count')) items++
        expect(items).toBe(20)
        expect(await codeOf(mesh.request(host.did, 'nothing'))).toBe('request.no-handler')
      }
    }
    const looks: Look[] = []
    const look = async (): Promise<Look> => {
      for (let n = 0; n < ROUNDS; n++) await round()
      await until(() => node.node.sessions.size === 1)
      for (let n = 0; n < 4; n++) collect()
      return { heap: process.memoryUsage().heapUsed, handles: process.getActiveResourcesInfo().length }
    }
    for (let n = 0; n < LOOKS; n++) looks.push(await look())
    const [, first, ...others] = looks
    const visits = ROUNDS * VISITORS * others.length
    expect(((others.at(-1)?.heap ?? Number.NaN) - (first?.heap ?? Number.NaN)) / visits).toBeLessThan(LEFT_BEHIND)
    expect((others.at(-1)?.handles ?? Number.NaN) - (first?.handles ?? 0)).toBeLessThan(VISITORS)
  },
  120_000 + LOOKS * 60_000,
)

/** Without `expect().rejects`, which keeps what it has looked at. */
function codeOf(outcome: Promise<unknown>): Promise<unknown> {
  return outcome.then(
    () => 'ok',
    (error: unknown) => (error as { code?: string }).code,
  )
}
