import type { Did, StatementId } from '@trustmesh/identity'
import { beforeEach, describe, expect, it } from 'vitest'
import { Confirmations } from './confirmations.ts'
import type { OperationRecord } from './record.ts'

const [self, near, far] = ['self', 'near', 'far'] as unknown as [Did, Did, Did]
const id = 'a'.repeat(64) as StatementId

describe(Confirmations, () => {
  const linked = new Set<Did>()
  let asked: Did[]
  let due: (() => void) | undefined
  let confirmations: Confirmations

  beforeEach(() => {
    linked.clear()
    asked = []
    due = undefined
    confirmations = new Confirmations({
      isLinked: (node) => linked.has(node),
      isMember: () => true,
      statementsOf: () => [id],
      ask: (_, node) => asked.push(node),
      confirmed: () => {},
      clock: { now: () => 1, monotonic: () => 1 },
      timers: {
        after: (_, act) => {
          due = act
          return () => {
            due = undefined
          }
        },
        soon: (act) => act(),
      },
    })
    const nodes = [self, near, far].map((node) => [node, node === self ? 1 : null])
    confirmations.track({ nodes } as unknown as OperationRecord)
  })
  const link = (node: Did): void => {
    linked.add(node)
    confirmations.linked(node)
  }

  it('O8 asks whoever is linked until it has said so, and nobody else', () => {
    expect([asked, due]).toEqual([[], undefined])
    link(far)
    due?.()
    expect(asked).toEqual([far, far])
    confirmations.heard([id], far)
    due?.()
    expect(asked).toEqual([far, far])
  })

  it('O8 goes on asking a member that has not answered, whoever is linked meanwhile', () => {
    confirmations.heard([id], near)
    link(far)
    link(near)
    due?.()
    expect(asked).toEqual([far, far])
  })
})
