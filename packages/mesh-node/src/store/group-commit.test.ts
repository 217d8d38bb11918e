import { describe, expect, it } from 'vitest'
import { GroupCommit } from './group-commit.ts'

/** A medium whose writes end when the test says so. */
function slowMedium() {
  const batches: string[][] = []
  const ends: { resolve: () => void; reject: (reason: unknown) => void }[] = []
  const commits = new GroupCommit<string>((items) => {
    batches.push([...items])
    return new Promise((resolve, reject) => ends.push({ resolve, reject }))
  })
  const begun = async (count: number): Promise<void> => {
    while (batches.length < count) await new Promise(setImmediate)
  }
  return { commits, batches, ends, begun }
}

describe(GroupCommit, () => {
  it('rejects exactly what went with a batch that failed', async () => {
    const { commits, ends, begun } = slowMedium()
    const failing = [commits.add('a'), commits.add('b')]
    const outcomes = Promise.allSettled(failing)
    await begun(1)
    const after = commits.add('c')
    ends[0]?.reject('full')
    expect(await outcomes).toEqual([
      { status: 'rejected', reason: 'full' },
      { status: 'rejected', reason: 'full' },
    ])
    await begun(2)
    ends[1]?.resolve()
    await after
  })

  it('resolves nothing before its batch is written', async () => {
    const { commits, ends, begun } = slowMedium()
    const settled: string[] = []
    const first = commits.add('a').then(() => settled.push('a'))
    await begun(1)
    const second = commits.add('b').then(() => settled.push('b'))
    expect(settled).toEqual([])
    ends[0]?.resolve()
    await begun(2)
    expect(settled).toEqual(['a'])
    ends[1]?.resolve()
    await Promise.all([first, second])
    expect(settled).toEqual(['a', 'b'])
  })

  it('writes what comes in one turn together, and what comes during a write after it', async () => {
    const { commits, batches, ends, begun } = slowMedium()
    const first = commits.add('a')
    // Later in the same turn, not at once.
    const second = Promise.resolve().then(() => commits.add('b'))
    await begun(1)
    const third = [commits.add('c'), commits.add('d')]
    ends[0]?.resolve()
    await begun(2)
    ends[1]?.resolve()
    await Promise.all([first, second, ...third])
    expect(batches).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
  })

  it('is idle once all is written, whether or not that worked', async () => {
    const { commits, ends, begun } = slowMedium()
    await commits.idle()
    const failed = commits.add('a').catch(String)
    await begun(1)
    ends[0]?.reject('full')
    await commits.idle()
    expect(await failed).toBe('full')
  })
})
