import type { Mesh } from '@trustmesh/sdk'
import type { Browser } from 'playwright-core'
import { join, someone, TestNode } from '../e2e/kit.ts'
import { AgentInPage } from './agent-in-page.ts'
import type { PageServer } from './page-server.ts'

/** A node that lets the site's pages in; ada, a root of its mesh; bob, in Node.js; and alice, in a page. Ada knows both. */
export class Scene implements AsyncDisposable {
  readonly node: TestNode
  readonly ada: Mesh
  readonly bob: Mesh
  readonly alice: AgentInPage

  static async open(browser: Browser, server: PageServer): Promise<Scene> {
    const identity = someone()
    const node = await TestNode.start({ roots: [identity.did], allowedOrigins: [server.origin] })
    const ada = await join(node.joinFile, 'ada', { identity })
    const bob = await join(node.joinFile, 'bob')
    const alice = await AgentInPage.join(browser, server, node.joinFile, 'alice')
    for (const { did } of [alice, bob]) await ada.attest(did, { value: 300 })
    return new Scene(node, ada, bob, alice)
  }

  private constructor(node: TestNode, ada: Mesh, bob: Mesh, alice: AgentInPage) {
    this.node = node
    this.ada = ada
    this.bob = bob
    this.alice = alice
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of [this.alice, this.bob, this.ada, this.node]) await part[Symbol.asyncDispose]()
  }
}
