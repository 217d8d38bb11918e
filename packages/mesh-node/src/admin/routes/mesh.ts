import type { AdminControl } from '../control.ts'
import { only, pageOf, passes } from '../page.ts'
import * as contracts from '../schemas/mesh.ts'
import type { Serve } from '../serve.ts'

/** Who asks, the mesh, its nodes, and who is in session. */
export function addMesh(serve: Serve, { control }: { readonly control: AdminControl }): void {
  serve(contracts.getWhoami, ({ visitor: { name, role, did, expiresAt } }) => ({
    name,
    role,
    ...(did && { did }),
    ...(expiresAt !== undefined && { expiresAt }),
  }))

  serve(contracts.getMesh, () => control.mesh())

  serve(contracts.listNodes, ({ query: { linked, ...page } }) =>
    pageOf(
      only(control.nodes(), ({ isLinked }) => passes(linked, `${isLinked}`)),
      page,
      ({ did }) => did,
    ),
  )

  serve(contracts.listSessions, ({ query }) => pageOf(control.sessions(), query, ({ did }) => did))
}
