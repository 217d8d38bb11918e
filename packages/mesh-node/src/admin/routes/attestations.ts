import type { AdminControl } from '../control.ts'
import { only, pageOf, passes } from '../page.ts'
import { refuseBroken } from '../problems.ts'
import type { Order } from '../schemas/order.ts'
import { createAttestation, listAttestations, previewAttestation } from '../schemas/statements.ts'
import type { Asked, Serve } from '../serve.ts'
import { ordered } from './operations.ts'

/** Who rates whom. */
export function addAttestations(serve: Serve, { control }: { readonly control: AdminControl }): void {
  serve(listAttestations, ({ query: { iss, sub, ctx, ...page } }) => {
    const found = only(
      control.attestations(),
      (each) => passes(iss, each.iss) && passes(sub, each.sub) && passes(ctx, each.ctx),
    )
    const { items, cursor } = pageOf(found, page, ({ id }) => id)
    return {
      items: items.map(({ id, iss, sub, ctx, value, weight, evidenceAt, iat, exp }) => {
        return { id, iss, sub, ctx, value, weight, evidenceAt, iat, exp }
      }),
      cursor,
    }
  })

  serve(createAttestation, async ({ body, visitor }) =>
    ordered(await control.order(orderOf(body), visitor).catch(refuseBroken)),
  )

  serve(previewAttestation, ({ body, visitor }) => {
    try {
      return control.preview(orderOf(body), visitor)
    } catch (error) {
      return refuseBroken(error)
    }
  })
}

function orderOf({ sub: did, ...said }: Asked<typeof createAttestation>['body']): Order {
  return { verb: 'attest', did, ...said }
}
