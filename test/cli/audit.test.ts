import { describe, expect, it } from 'vitest'
import { TestNode } from '../e2e/test-node.ts'
import { until } from '../e2e/until.ts'
import { Terminal } from './terminal.ts'

describe('trustmesh audit show', () => {
  it('shows the latest of a severity, oldest first, and goes on with those that come', async () => {
    await using node = await TestNode.start()
    await using person = await Terminal.open({ TRUSTMESH_ADMIN_URL: node.adminUrl, TRUSTMESH_TOKEN: node.token })
    for (const name of ['a', 'b', 'c']) await node.call('/v1/tokens', { name, role: 'viewer' })
    const namesIn = (text: string): string[] =>
      [...text.matchAll(/token\.issued\s+viewer\s+(\S+)/g)].map(([, name]) => `${name}`)
    const notices = ['audit', 'show', '--severity', 'notice']
    const latest = await person.run([...notices, '--limit', '2'])
    expect([latest.exitCode, namesIn(latest.stdout)]).toEqual([0, ['b', 'c']])

    const interrupted = new AbortController()
    let text = ''
    const heard = (more: string): void => {
      text += more
      if (namesIn(text).includes('d')) void node.call('/v1/tokens', { name: 'e', role: 'viewer' })
      if (namesIn(text).includes('e')) interrupted.abort()
    }
    const following = person.run([...notices, '--limit', '1', '--follow'], { signal: interrupted.signal, heard })
    await until(() => namesIn(text).includes('c'))
    await node.call('/v1/tokens', { name: 'd', role: 'viewer' })
    expect((await following).exitCode).toBe(0)
    expect(namesIn(text)).toEqual(['c', 'd', 'e'])
  })
})
