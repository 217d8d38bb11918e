import type { AdminControl } from '../control.ts'
import { only, pageOf, passes } from '../page.ts'
import { listDelegations, type State } from '../schemas/statements.ts'
import type { Serve } from '../serve.ts'

/** Who may do what on whose behalf: what can be used no longer never looks as if it could. */
export function addDelegations(serve: Serve, { control }: { readonly control: AdminControl }): void {
  serve(listDelegations, ({ query: { iss, aud, can, status, ...page } }) => {
    const found = only(
      control.delegations(),
      (each) =>
        passes(iss, each.iss) && passes(aud, each.aud) && passes(can, each.can) && passes<State>(status, stateOf(each)),
    )
    const { items, cursor } = pageOf(found, page, ({ id }) => id)
    return {
      items: items.map(({ id, iss, aud, can, depth, parent, where, iat, exp, ...held }) => {
        return { id, iss, aud, can, depth, parent, constraints: where.length, iat, exp, status: stateOf(held) }
      }),
      cursor,
    }
  })
}

function stateOf({ isOver }: { readonly isOver: boolean }): State {
  return isOver ? 'over' : 'in-force'
}
