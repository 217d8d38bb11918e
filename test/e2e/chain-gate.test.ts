import type { PeerChain } from '@trustmesh/sdk'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { join, TestNode, until } from './kit.ts'

const CAN = '/tool/search'

let home: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  // What executors remember of uses is kept beside identities.
  home = await temporaryFolder()
  vi.stubEnv('TRUSTMESH_HOME', home.path)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await home[Symbol.asyncDispose]()
})

describe('a handler that runs on', () => {
  it.each(['a link', 'somebody'])('D7 sees its chain end as soon as %s on it is revoked', async (what) => {
    await using node = await TestNode.start()
    await using ada = await join(node.joinFile, 'ada', { identity: await node.key('root') })
    await using researcher = await join(node.joinFile, 'researcher')
    await using helper = await join(node.joinFile, 'helper')
    await using assistant = await join(node.joinFile, 'assistant')
    for (const { did } of [helper, assistant]) await ada.attest(did, { value: 900 })
    const lent = await ada.delegate(helper.did, { can: CAN, depth: 1 })
    const further = await helper.delegate(assistant.did, { can: CAN, from: lent })
    let running: PeerChain | undefined
    researcher.on('search', { can: CAN, root: ada.did }, async (_, { chain }) => {
      running = chain
      await until(() => chain?.isCurrent() === false)
      return 'stopped'
    })
    const answer = assistant.request(researcher.did, 'search', {}, { chain: further })
    const chain = await until(() => running)
    expect(chain.isCurrent()).toBe(true)
    if (what === 'a link') await ada.revoke(lent, 'enough')
    else await node.revoke(helper.did)
    // Long before what is known of it would be too old.
    await vi.waitUntil(() => !chain.isCurrent(), { timeout: 5_000, interval: 5 })
    expect(await answer).toBe('stopped')
  })
})
