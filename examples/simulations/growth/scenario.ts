import {
  type Carried,
  count,
  defineScenario,
  duration,
  type Estimate,
  firstPassage,
  type MemoryNode,
  reachedBy,
  regularGraph,
  type Settings,
  told,
  type World,
} from '@trustmesh/simulator'

/** The mesh that the model is fitted on, whatever the size that is asked about. It has no link with the other one. */
const FITTED = 30
/** Revocations that it is fitted on. */
const FITS = 3
/** Larger meshes are for the model alone: each node hears a head of each other every few seconds, and one process is all of them. */
const MAX_SIMULATED = 300
/** How long a mesh is left alone before anything is measured. */
const CALM_MS = 1_500
/** How long it is looked at what a revocation sets off, and how often whether it has come everywhere. */
const SECOND_MS = 1_000
const LOOK_MS = 50
/** The model is drawn so often that as many nodes are reached in all, and once at least. */
const MODELLED_NODES = 200_000

const parameters = {
  nodes: count('Nodes of the mesh', 30, { min: 2, max: 100_000 }),
  links: count('Other nodes that each is linked with', 8, { min: 3, max: 64 }),
  furthest: duration('How long a message takes between the two nodes that are furthest apart', '150ms'),
}

/** One in each of four messages or so is late by a tenth of the way at most, as on lines that others use too. */
const LATE_TENTHS = 10

type Measured =
  | 'nodes'
  | `${'half' | 'most' | 'all'}${'' | 'Modelled' | 'Off'}`
  | `${'frames' | 'bytes'}${'' | 'Modelled'}`
  | 'sent'
  | 'sentBefore'

export const growth = defineScenario<typeof parameters, Measured, never>({
  name: 'growth',
  title: 'Growth',
  question:
    'How long does a revocation take to reach every node, and what does it cost each of them, as the mesh grows?',
  threats: ['R1', 'R2'],
  parameters,
  small: { nodes: 10 },
  measures: {
    nodes: { about: 'Nodes of the mesh', unit: 'nodes' },
    half: { about: 'From the order until half of the nodes refuse whoever is revoked', unit: 'ms' },
    most: { about: 'The same, 99 % of the nodes', unit: 'ms' },
    all: { about: 'The same, the last node', unit: 'ms' },
    halfModelled: { about: 'Half of the nodes, by the model', unit: 'ms' },
    mostModelled: { about: '99 % of the nodes, by the model', unit: 'ms' },
    allModelled: { about: 'The last node, by the model', unit: 'ms' },
    halfOff: { about: 'By how much the model is later than the simulation, half of the nodes', unit: 'ms' },
    mostOff: { about: 'By how much the model is later than the simulation, 99 % of the nodes', unit: 'ms' },
    allOff: { about: 'By how much the model is later than the simulation, the last node', unit: 'ms' },
    frames: { about: 'Copies of the revocation that a node sends', unit: 'frames a node' },
    bytes: { about: 'Bytes of these frames on the wire', unit: 'bytes a node' },
    framesModelled: { about: 'Copies of the revocation that a node sends, by the model', unit: 'frames a node' },
    bytesModelled: { about: 'Bytes of these frames, by the model', unit: 'bytes a node' },
    sent: {
      about: 'All that a node sends in the second after the order: every node says at once what it holds now',
      unit: 'frames a node',
    },
    sentBefore: { about: 'All that a node sends in a second before it', unit: 'frames a node' },
  },
  series: {},
  mesh: ({ nodes, links, furthest }) => {
    const fitted = regularGraph(FITTED, links, 'fitted')
    const whole = nodes > MAX_SIMULATED ? [] : regularGraph(nodes, links, 'growth')
    const distances = new Map<string, number>()
    return {
      nodes: FITTED + whole.length,
      topology: (from, to) => {
        if (from >= to) return false
        return from < FITTED
          ? fitted[from]?.includes(to) === true
          : whole[from - FITTED]?.includes(to - FITTED) === true
      },
      latency: (random, { name: one }, { name: other }) => {
        const line = [one, other].sort().join(' ')
        const ms = distances.get(line) ?? random.fork(line).integer(1, furthest)
        distances.set(line, ms)
        return ms + random.integer(0, Math.floor(ms / LATE_TENTHS))
      },
    }
  },
  play: async (world, settings) => {
    const { nodes } = settings
    const isSimulated = nodes <= MAX_SIMULATED
    await world.pass(CALM_MS)
    const fits: Spread[] = []
    for (let fit = 0; fit < FITS; fit++)
      fits.push(await spread(world, settings, { first: 0, nodes: FITTED }, `fit ${fit}`))
    const modelled = model(world, settings, fits)
    world.measure('nodes', nodes)
    world.measure('halfModelled', modelled.half)
    world.measure('mostModelled', modelled.most)
    world.measure('allModelled', modelled.all)
    world.measure('framesModelled', modelled.frames)
    world.measure('bytesModelled', modelled.bytes)
    if (!isSimulated) return
    const whole = { first: FITTED, nodes }
    const before = sending(world, whole)
    await world.pass(SECOND_MS)
    world.measure('sentBefore', before())
    const after = sending(world, whole)
    const began = world.now
    const { times, frames, bytes } = await spread(world, settings, whole, 'revoked')
    await world.pass(Math.max(0, began + SECOND_MS - world.now))
    const simulated = { half: reachedBy(times, 50), most: reachedBy(times, 99), all: reachedBy(times, 100) }
    for (const [name, ms] of Object.entries(simulated) as ['half' | 'most' | 'all', number][]) {
      world.measure(name, ms)
      world.measure(`${name}Off`, modelled[name] - ms)
    }
    world.measure('frames', frames)
    world.measure('bytes', bytes)
    world.measure('sent', after())
  },
  claims: [
    {
      about: '99 % of the nodes refuse whoever is revoked within a second, whatever the size',
      holds: ({ most, mostModelled }) => (most ?? mostModelled).max < 1_000 && mostModelled.max < 1_000,
    },
    {
      about: 'Each node sends the revocation once over each of its links, but for the one that it has it by',
      holds: ({ frames, framesModelled }) =>
        frames === undefined || Math.abs(frames.mean - framesModelled.mean) < framesModelled.mean / 50,
    },
    {
      about: 'Nothing shows that the model is off by more than a tenth of what the simulation came to',
      holds: ({ most, mostOff }) => most === undefined || isWithin(mostOff, most.mean / 10),
    },
  ],
  verdict: ({ nodes, most, mostModelled, framesModelled }) => {
    const how = most ? told(most, 'ms') : `${told(mostModelled, 'ms')}, by the model,`
    const frames = framesModelled.mean.toPrecision(2)
    return `99 % of ${nodes.mean} nodes refuse whoever is revoked after ${how} and each has sent ${frames} copies of the revocation.`
  },
})

/** Whether it may be so little or less, either way, by its interval. */
function isWithin({ lo, hi }: Estimate, bound: number): boolean {
  return lo <= bound && hi >= -bound
}

/** Nodes that are linked with each other, and with no others: so many, numbered from the first on. */
interface Part {
  readonly first: number
  readonly nodes: number
}

/** What became of one revocation. */
interface Spread {
  /** When each node held it, in ms from the order. */
  readonly times: readonly number[]
  /** How long each link took on which it was sent, in ms. */
  readonly hops: readonly number[]
  /** Copies of it that a node sent, and their bytes. */
  readonly frames: number
  readonly bytes: number
}

type GrowthWorld = World<Measured, never>
type GrowthSettings = Settings<typeof parameters>

/** Revokes somebody at one of the nodes, and waits until each copy has arrived. */
async function spread(world: GrowthWorld, { furthest }: GrowthSettings, part: Part, name: string): Promise<Spread> {
  const members = membersOf(world, part)
  const { did } = world.agent(name)
  const node = part.first + world.random.integer(0, part.nodes - 1)
  const began = world.nodes[node]?.host.clock.monotonic() as number
  const seen = watched(world)
  await world.revoke(did, { node })
  while (!members.every(({ revokedAt }) => revokedAt.has(did))) await world.pass(LOOK_MS)
  await world.pass(2 * furthest)
  const heldAt = new Map(members.map(({ host, revokedAt }) => [host.name, revokedAt.get(did) as number]))
  const copies = copiesIn(seen(), heldAt)
  const least = Math.min(...copies.map(({ bytes }) => bytes))
  return {
    times: [...heldAt.values()].map((at) => at - began),
    hops: linksOf(copies),
    frames: copies.length / part.nodes,
    // What else was under way is gathered into one message with some of them.
    bytes: (copies.length * least) / part.nodes,
  }
}

/** How long each link took, in ms: one that was used both ways counts once, or those that were too slow to bring it would count twice. */
function linksOf(copies: readonly Carried[]): readonly number[] {
  const links = new Map(copies.map(({ from, to, sentAt, at }) => [[from.name, to.name].sort().join(' '), at - sentAt]))
  return [...links.values()]
}

/**
 * The messages that carried it. Nobody can read them; but it goes ahead of all else in the instant in which it is held, to everybody except
 * whom it came from.
 */
function copiesIn(carried: readonly Carried[], heldAt: ReadonlyMap<string, number>): readonly Carried[] {
  const copies = new Map<string, Carried>()
  const bringers = new Map<string, string>()
  for (const each of carried) {
    const [from, to] = [each.from.name, each.to.name]
    const link = `${from} ${to}`
    if (!heldAt.has(to) || each.sentAt !== heldAt.get(from) || copies.has(link)) continue
    copies.set(link, each)
    if (each.at === heldAt.get(to) && !bringers.has(to)) bringers.set(to, from)
  }
  return [...copies.values()].filter(({ from, to }) => bringers.get(from.name) !== to.name)
}

/** First passage over random graphs of the size that is asked about, with the delays that the fitted mesh had. */
function model(world: GrowthWorld, { nodes, links }: GrowthSettings, fits: readonly Spread[]) {
  const random = world.random.fork('model')
  const hops = fits.flatMap((fit) => fit.hops)
  const [bytesACopy = 0] = fits.map((fit) => fit.bytes / fit.frames)
  const draws = Math.max(1, Math.min(50, Math.floor(MODELLED_NODES / nodes)))
  const sums = { half: 0, most: 0, all: 0, frames: 0 }
  for (let draw = 0; draw < draws; draw++) {
    const graph = regularGraph(nodes, links, String(random.integer(0, 2 ** 32 - 1)))
    const delay = (): number => hops[random.integer(0, hops.length - 1)] as number
    const times = firstPassage(graph, random.integer(0, nodes - 1), delay)
    sums.half += reachedBy(times, 50)
    sums.most += reachedBy(times, 99)
    sums.all += reachedBy(times, 100)
    // To all of its links but the one that it had it by.
    sums.frames += (graph.reduce((sum, others) => sum + others.length, 0) - (nodes - 1)) / nodes
  }
  const frames = sums.frames / draws
  return { half: sums.half / draws, most: sums.most / draws, all: sums.all / draws, frames, bytes: frames * bytesACopy }
}

/** Messages a node of this part, from now until the returned function is called. */
function sending(world: GrowthWorld, part: Part): () => number {
  const names = new Set(membersOf(world, part).map(({ host }) => host.name))
  const seen = watched(world)
  return () => seen().filter(({ from }) => names.has(from.name)).length / part.nodes
}

/** Messages from now on; the returned function ends that and gives them. */
function watched(world: GrowthWorld): () => readonly Carried[] {
  const seen: Carried[] = []
  const stop = world.network.watch((carried) => seen.push(carried))
  return () => {
    stop()
    return seen
  }
}

function membersOf(world: GrowthWorld, { first, nodes }: Part): readonly MemoryNode[] {
  return world.nodes.slice(first, first + nodes)
}
