import { SeededRandom } from '@trustmesh/testing'

/** Who is linked with whom: of each node, numbered from 0, the others in no order. */
export type Graph = readonly (readonly number[])[]

/** Shuffles in a row that bring no link, until it is taken that there is none left. */
const BARREN = 20

/**
 * A random graph in which all have as many links, by pairing their loose ends at random (A. Steger and N. Wormald 1999). A few have
 * fewer where no more fit; where there are no more other nodes than that, all are linked with all. With three links and more it is in one
 * piece, but for a chance that vanishes as it grows.
 */
export function regularGraph(nodes: number, links: number, seed: string): Graph {
  const random = new SeededRandom(seed)
  const linked = Array.from({ length: nodes }, () => new Set<number>())
  let loose = Array.from({ length: nodes * Math.min(links, nodes - 1) }, (_, end) => end % nodes)
  for (let barren = 0; loose.length > 1 && barren < BARREN; ) {
    shuffle(loose, random)
    const left: number[] = loose.length % 2 === 0 ? [] : [loose.pop() as number]
    for (let end = 0; end < loose.length; end += 2) {
      const [one, other] = [loose[end] as number, loose[end + 1] as number]
      if (one === other || linked[one]?.has(other)) left.push(one, other)
      else {
        linked[one]?.add(other)
        linked[other]?.add(one)
      }
    }
    barren = left.length < loose.length ? 0 : barren + 1
    loose = left
  }
  return linked.map((others) => [...others])
}

/** By Fisher and Yates. */
function shuffle(items: number[], random: SeededRandom): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random.integer(0, last)
    const item = items[last] as number
    items[last] = items[other] as number
    items[other] = item
  }
}
