import type { Person } from '@trustmesh/mesh-node'

/** Whoever revokes in a measurement. */
export const OPERATOR: Person = { name: 'operator', role: 'operator' }
