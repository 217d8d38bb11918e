import { type Identity, identityFromSeed } from '@trustmesh/identity'
import type { Mesh } from '@trustmesh/sdk'
import { expect } from 'vitest'
import { join, someone, TestNode } from '../e2e/kit.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { PythonAgent } from './python-agent.ts'

export const seed = new Uint8Array(32).fill(7)
/** The Did of the agent in Python. */
export const python = identityFromSeed(seed).did

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
export const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))

export interface Scene extends AsyncDisposable {
  readonly node: TestNode
  readonly ada: Mesh
  readonly alice: Mesh
  readonly agent: PythonAgent
}

/** A node; ada, who is a root of its mesh; alice, with the SDK, as `identity` if that is given; and the agent in Python. */
export async function scene(identity: Identity = someone()): Promise<Scene> {
  const root: Identity = someone()
  const parts = new AsyncDisposables()
  const folder = parts.use(await temporaryFolder())
  const node = parts.use(await TestNode.start({ roots: [root.did] }))
  const ada = parts.use(await join(node.joinFile, 'ada', { identity: root }))
  const alice = parts.use(await join(node.joinFile, 'alice', { identity }))
  const agent = parts.use(await PythonAgent.start(node.joinFile, seed, folder.path))
  expect(await agent.next('joined')).toMatchObject({ did: python, resumed: false })
  return { node, ada, alice, agent, [Symbol.asyncDispose]: () => parts.dispose() }
}

/** The same, where everybody trusts alice and the agent in Python. */
export async function sceneOfTrust(identity?: Identity): Promise<Scene> {
  const on = await scene(identity)
  for (const did of [python, on.alice.did]) await on.ada.attest(did, { value: 800 })
  return on
}

class AsyncDisposables {
  readonly #all: AsyncDisposable[] = []

  use<T extends AsyncDisposable>(part: T): T {
    this.#all.unshift(part)
    return part
  }

  async dispose(): Promise<void> {
    for (const part of this.#all) await part[Symbol.asyncDispose]()
  }
}
