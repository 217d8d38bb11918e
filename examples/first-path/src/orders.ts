import type { Did } from '@trustmesh/identity'
import type { Denial, HomeEnd } from '@trustmesh/sdk'

/** What the story asks of an agent. */
export type Order =
  | { readonly do: 'ask'; readonly whom: Did; readonly task: string }
  /** In a corpus, with the chain that was lent to the agent. */
  | { readonly do: 'search'; readonly whom: Did; readonly corpus: string }
  | { readonly do: 'attest'; readonly whom: Did; readonly value: number }
  /** Lends `/tool/search`: the agent's own, or what was lent to it, and then for one corpus alone. */
  | { readonly do: 'lend'; readonly whom: Did; readonly corpus?: string }
  /** Takes back what it lent first. */
  | { readonly do: 'take-back' }
  /** Makes so many Dids that join, vouch for each other, and for one of them above all, who then asks. */
  | { readonly do: 'crowd'; readonly size: number; readonly whom: Did; readonly task: string }
  | { readonly do: 'rejoin' }

/** What an agent tells the story: each order is answered by `done` or `failed`, in order. */
export type Report =
  | { readonly type: 'joined'; readonly did: Did }
  | { readonly type: 'done'; readonly answer: unknown }
  | { readonly type: 'failed'; readonly code: string; readonly denial?: Denial }
  | { readonly type: 'closed'; readonly reason: HomeEnd; readonly atMs: number }
