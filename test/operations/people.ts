import type { Person } from '@trustmesh/mesh-node'

/** Those who govern, and one who only looks. */
export const ALICE: Person = { name: 'alice', role: 'admin' }
export const BOB: Person = { name: 'bob', role: 'admin' }
export const OLGA: Person = { name: 'olga', role: 'operator' }
export const VERA: Person = { name: 'vera', role: 'viewer' }
