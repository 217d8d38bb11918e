import type { Did } from '@trustmesh/identity'
import type { Denial, HomeEnd } from '@trustmesh/sdk'

/** What the story asks of an agent. */
export type Order =
  | { readonly do: 'ask'; readonly whom: Did; readonly task: string }
  | { readonly do: 'attest'; readonly whom: Did; readonly value: number }
  | { readonly do: 'rejoin' }

/** What an agent tells the story: each order is answered by `done` or `failed`, in order. */
export type Report =
  | { readonly type: 'joined'; readonly did: Did }
  | { readonly type: 'done'; readonly answer: unknown }
  | { readonly type: 'failed'; readonly code: string; readonly denial?: Denial }
  | { readonly type: 'closed'; readonly reason: HomeEnd; readonly atMs: number }
