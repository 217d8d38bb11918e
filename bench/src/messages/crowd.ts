import { host } from '../host.ts'

/** How many are on their way in at a time: fewer than anybody may have unproved from one address. */
const AT_ONCE = 64

/** The whole main program of a crowd: `node X-crowd.js PLACE`. `join` takes one more into the hub, where it stays and says nothing. */
export function hostCrowd(join: (n: number, place: string) => Promise<void>): void {
  const [place = ''] = process.argv.slice(2)
  let joined = 0
  const grow = async (count: number): Promise<void> => {
    const size = joined + count
    const lane = async (): Promise<void> => {
      while (joined < size) await join(joined++, place)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
  }
  // Nobody takes leave.
  host({ grow: (count) => grow(count as number) }, async () => process.exit())
}
