import type { AdminControl } from '../control.ts'
import { only, pageOf, passes } from '../page.ts'
import { createSuspension, liftSuspension, previewSuspension } from '../schemas/operations.ts'
import { listSuspensions, type State } from '../schemas/statements.ts'
import type { Serve } from '../serve.ts'
import type { SuspensionView } from '../view.ts'
import { ordered } from './operations.ts'

/** Who is on hold. */
export function addSuspensions(serve: Serve, { control }: { readonly control: AdminControl }): void {
  serve(listSuspensions, ({ query: { iss, sub, status, ...page } }) => {
    const found = only(
      control.suspensions(),
      (each) => passes(iss, each.iss) && passes(sub, each.sub) && passes<State>(status, stateOf(each)),
    )
    const { items, cursor } = pageOf(found, page, ({ id }) => id)
    return {
      items: items.map(({ id, iss, iat, sub, until, lifted, ...held }) => {
        return { id, iss, iat, sub, until, lifted, status: stateOf(held) }
      }),
      cursor,
    }
  })

  serve(createSuspension, async ({ body, visitor }) =>
    ordered(await control.order({ verb: 'suspend', ...body }, visitor)),
  )

  serve(previewSuspension, ({ body, visitor }) => control.preview({ verb: 'suspend', ...body }, visitor))

  serve(liftSuspension, async ({ body, visitor }) => ordered(await control.order({ verb: 'lift', ...body }, visitor)))
}

function stateOf({ isInForce }: Pick<SuspensionView, 'isInForce'>): State {
  return isInForce ? 'in-force' : 'over'
}
