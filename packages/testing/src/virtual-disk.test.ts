import type { StatementId } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SeededRandom } from './seeded-random.ts'
import { VirtualClock } from './virtual-clock.ts'
import { VirtualDisk } from './virtual-disk.ts'
import { VirtualHost } from './virtual-host.ts'

const id = (number: number): StatementId => String(number).padStart(64, '0') as StatementId

describe(VirtualDisk, () => {
  it('K1 keeps all that was acknowledged before a crash, and of the rest no more than the first', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.array(fc.nat(4), { minLength: 1, maxLength: 12 }), async (seed, gapsMs) => {
        const time = new VirtualClock()
        const host = new VirtualHost('here', time)
        const disk = new VirtualDisk(new SeededRandom(seed))
        const store = disk.open(host)
        let acknowledged = 0
        for (const [i, ms] of gapsMs.entries()) {
          void store.append(id(i), Uint8Array.of(i)).then(() => acknowledged++)
          await time.advance(ms)
        }
        host.crash()
        await time.advance(100)
        const { size } = disk.kept
        expect(size).toBeGreaterThanOrEqual(acknowledged)
        expect([...disk.kept.keys()]).toEqual(gapsMs.slice(0, size).map((_, i) => id(i)))
      }),
    )
  })

  it('acknowledges nothing before it is synced', async () => {
    const time = new VirtualClock()
    const host = new VirtualHost('here', time)
    const disk = new VirtualDisk(new SeededRandom(1))
    const kept: number[] = []
    void disk
      .open(host)
      .append(id(1), Uint8Array.of(1))
      .then(() => kept.push(disk.kept.size))
    await time.advance(0)
    expect([disk.kept.size, kept]).toEqual([0, []])
    await time.advance(10)
    expect(kept).toEqual([1])
  })
})
