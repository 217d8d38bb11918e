import type { HomeEnd } from './home.ts'

/** Where an agent stands with its mesh. */
export type Status =
  /** There is no session with a node; an attempt is under way. */
  | { readonly state: 'connecting' }
  /** There is one. */
  | { readonly state: 'online' }
  /** There is none; another attempt follows in so many ms. What is asked meanwhile waits. */
  | { readonly state: 'offline'; readonly retryMs: number }
  /** It finishes what it has begun, begins nothing for others, and then leaves. */
  | { readonly state: 'draining' }
  /** It is out of the mesh for good. */
  | { readonly state: 'closed'; readonly reason: HomeEnd }
