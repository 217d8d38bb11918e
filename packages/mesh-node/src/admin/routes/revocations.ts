import type { AdminControl } from '../control.ts'
import { only, pageOf, passes } from '../page.ts'
import { createRevocation, previewRevocation } from '../schemas/operations.ts'
import type { Order } from '../schemas/order.ts'
import { listRevocations, type State } from '../schemas/statements.ts'
import type { Asked, Serve } from '../serve.ts'
import type { RevocationView } from '../view.ts'
import { ordered } from './operations.ts'

/** Who and what has been cut off for good. */
export function addRevocations(serve: Serve, { control }: { readonly control: AdminControl }): void {
  serve(listRevocations, ({ query: { iss, did, status, ...page } }) => {
    const found = only(
      control.revocations(),
      (each) =>
        passes(iss, each.iss) &&
        passes(did, 'did' in each.target ? each.target.did : undefined) &&
        passes<State>(status, stateOf(each)),
    )
    const { items, cursor } = pageOf(found, page, ({ id }) => id)
    return {
      items: items.map(({ id, iss, iat, target, reason, ...held }) => {
        return { id, iss, iat, target, reason, status: stateOf(held) }
      }),
      cursor,
    }
  })

  serve(createRevocation, async ({ body, visitor }) => ordered(await control.order(orderOf(body), visitor)))

  serve(previewRevocation, ({ body, visitor }) => control.preview(orderOf(body), visitor))
}

function orderOf({ reason, ...body }: Asked<typeof createRevocation>['body']): Order {
  return { verb: 'revoke', targets: 'items' in body ? body.items : [body], reason }
}

function stateOf({ isInForce }: Pick<RevocationView, 'isInForce'>): State {
  return isInForce ? 'in-force' : 'pending'
}
