import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { someone, until } from '../e2e/kit.ts'
import { NodeMesh } from '../mesh-links/node-mesh.ts'
import { OLGA } from './people.ts'

let mesh: NodeMesh

beforeEach(async () => {
  mesh = await NodeMesh.start({ nodes: 3 })
})
afterEach(() => mesh[Symbol.asyncDispose]())

const revoke = (place: number) => {
  const order = { verb: 'revoke', targets: [{ did: someone().did }], reason: 'a test' } as const
  return mesh.at(place).node.control.order(order, OLGA)
}
const statesOf = (place: number, id: string) =>
  Object.fromEntries(
    (mesh.at(place).node.control.operation(id)?.nodes ?? []).map(({ node, state }) => [
      mesh.members.findIndex((member) => member.node.did === node),
      state,
    ]),
  )

describe('an operation', () => {
  it('O8 is confirmed by every node, each with its time, when it is in force and on the disk there', async () => {
    const { id, nodes, inForceAt = 0, items } = await revoke(0)
    expect(nodes[0]).toMatchObject({ node: mesh.at(0).node.did, state: 'confirmed', confirmedAt: inForceAt })
    const operation = await until(() => {
      const now = mesh.at(0).node.control.operation(id)
      return now?.nodes.every(({ state }) => state === 'confirmed') && now
    })
    expect(operation.nodes).toHaveLength(3)
    for (const { confirmedAt = 0 } of operation.nodes) expect(confirmedAt).toBeGreaterThanOrEqual(inForceAt)
    for (const { node } of mesh.members) {
      expect([...node.control.revocations()].map((each) => each.id)).toEqual([items[0]?.statement])
    }
  })

  it('O8 shows whom it cannot reach, and is confirmed when that one is back, also over a restart of its own', async () => {
    await mesh.stop(2)
    await until(() => mesh.at(0).node.members.some(({ isLinked }) => !isLinked))
    const { id } = await revoke(0)
    await until(() => statesOf(0, id)[1] === 'confirmed')
    expect(statesOf(0, id)).toEqual({ 0: 'confirmed', 1: 'confirmed', 2: 'unreachable' })
    await mesh.stop(0)
    await mesh.startAgain(0)
    expect(statesOf(0, id)).toEqual({ 0: 'confirmed', 1: 'confirmed', 2: 'unreachable' })
    await mesh.startAgain(2)
    await until(() => statesOf(0, id)[2] === 'confirmed')
    const { nodes = [] } = mesh.at(0).node.control.operation(id) ?? {}
    const [times] = [nodes.map(({ confirmedAt = 0 }) => confirmedAt)]
    expect(Math.max(...times)).toBe(times[nodes.findIndex(({ node }) => node === mesh.at(2).node.did)])
  })

  it('O8 is ordered at another node where one is down', async () => {
    await mesh.stop(0)
    const { id } = await revoke(1)
    await until(() => statesOf(1, id)[2] === 'confirmed')
    await mesh.startAgain(0)
    await until(() => statesOf(1, id)[0] === 'confirmed')
    expect([...mesh.at(0).node.control.revocations()]).toHaveLength(1)
  })
})
