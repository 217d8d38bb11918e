import { decide, type Occasion } from '@trustmesh/trust/agent'

/** Whether a gate can decide at all where things are called so: the gate itself is asked, so that both always agree. */
export function isDecidable(occasion: Omit<Occasion, 'epoch' | 'self'>): boolean {
  const verdict = decide({ standing: null }, {}, { ...occasion, self: occasion.peer, epoch: 0 })
  return verdict.allow || verdict.denial.code !== 'gate.error'
}
