import type { Denial } from '@trustmesh/trust'
import { Feed } from './feed.ts'

/** Denials by this agent's own gate. */
export class Denials extends Feed<Denial> {}
