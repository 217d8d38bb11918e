import fc from 'fast-check'
import type { TOPOLOGIES } from '../memory-mesh.ts'

/** One thing that happens in a schedule. Numbers name nodes and agents, whatever their number, by remainder. */
export type Step =
  | { readonly do: 'join'; readonly agent: number; readonly node: number }
  | { readonly do: 'leave'; readonly agent: number }
  | { readonly do: 'send'; readonly agent: number; readonly to: number; readonly times: number }
  | { readonly do: 'attest'; readonly agent: number; readonly to: number; readonly value: number }
  /** An agent takes back the last that it has said. */
  | { readonly do: 'retract'; readonly agent: number }
  /** An agent revokes its own key. */
  | { readonly do: 'resign'; readonly agent: number }
  /** An operator of a node revokes an agent. */
  | { readonly do: 'revoke'; readonly agent: number; readonly node: number }
  /** The same, while the agent keeps on sending. */
  | { readonly do: 'race'; readonly agent: number; readonly node: number; readonly to: number }
  /** An agent goes to a node, while another keeps on sending to it. */
  | { readonly do: 'roam'; readonly agent: number; readonly node: number; readonly to: number }
  | { readonly do: 'suspend'; readonly agent: number; readonly node: number; readonly ms: number }
  /** The nodes whose bits are set, and the agents behind them, are on one side. */
  | { readonly do: 'partition'; readonly nodes: number }
  | { readonly do: 'heal' }
  /** All connections of a node break. */
  | { readonly do: 'cut'; readonly node: number }
  | { readonly do: 'pause'; readonly node: number }
  | { readonly do: 'resume'; readonly node: number }
  | { readonly do: 'crash'; readonly node: number }
  | { readonly do: 'stop'; readonly node: number }
  | { readonly do: 'start'; readonly node: number }
  /** The wall clock of a node moves. */
  | { readonly do: 'jump'; readonly node: number; readonly ms: number }
  | { readonly do: 'wait'; readonly ms: number }

/** What happens, from a seed that decides all the rest: keys, latencies, and what a crash leaves. */
export interface Schedule {
  readonly seed: number
  readonly nodes: number
  /** Who dials whom. */
  readonly topology: keyof typeof TOPOLOGIES
  readonly steps: readonly Step[]
}

const whom = fc.nat(7)
const named = { agent: whom, node: whom, to: whom }
const MINUTE_MS = 60_000
const DAY_MS = 1_440 * MINUTE_MS

const plain = <K extends Step['do'], F extends object>(
  weight: number,
  kind: K,
  fields: { [N in keyof F]: fc.Arbitrary<F[N]> },
): fc.WeightedArbitrary<Step> => ({
  weight,
  arbitrary: fc.record({ do: fc.constant(kind), ...fields }) as unknown as fc.Arbitrary<Step>,
})

const { agent, node, to } = named

/** Any step, with those that most of the others need more often than those. */
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  plain(6, 'join', { agent, node }),
  plain(1, 'leave', { agent }),
  plain(8, 'send', { agent, to, times: fc.integer({ min: 1, max: 4 }) }),
  plain(4, 'attest', { agent, to, value: fc.integer({ min: -1000, max: 1000 }) }),
  plain(2, 'retract', { agent }),
  plain(1, 'resign', { agent }),
  plain(2, 'revoke', { agent, node }),
  plain(2, 'race', { agent, node, to }),
  plain(3, 'roam', { agent, node, to }),
  plain(2, 'suspend', { agent, node, ms: fc.constantFrom(0, 2_000, DAY_MS) }),
  plain(3, 'partition', { nodes: fc.integer({ min: 1, max: 31 }) }),
  plain(3, 'heal', {}),
  plain(2, 'cut', { node }),
  plain(1, 'pause', { node }),
  plain(1, 'resume', { node }),
  plain(2, 'crash', { node }),
  plain(1, 'stop', { node }),
  plain(3, 'start', { node }),
  plain(1, 'jump', { node, ms: fc.constantFrom(-DAY_MS, -MINUTE_MS / 2, MINUTE_MS / 2, 10 * MINUTE_MS, DAY_MS) }),
  plain(6, 'wait', { ms: fc.constantFrom(1, 20, 300, 3_000, 12_000) }),
)

/** Schedules of at most so many steps. */
export const anySchedule = (maxSteps: number): fc.Arbitrary<Schedule> =>
  fc.record({
    seed: fc.nat(),
    nodes: fc.constantFrom(1, 2, 2, 3, 3, 4),
    topology: fc.constantFrom('full', 'line', 'star'),
    steps: fc.array(anyStep, { minLength: 1, maxLength: maxSteps, size: 'max' }),
  })
