import type { AdminControl } from '../control.ts'
import { only, pageOf, passes } from '../page.ts'
import { refuseBroken } from '../problems.ts'
import { createAttestation, listAttestations } from '../schemas/statements.ts'
import type { Serve } from '../serve.ts'

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

  serve(createAttestation, ({ body: { ctx, weight, ttlMs, ...said }, visitor }) => {
    const request = {
      ...said,
      ...(ctx !== undefined && { ctx }),
      ...(weight !== undefined && { weight }),
      ...(ttlMs !== undefined && { ttlMs }),
    }
    return control.attest(request, visitor).catch(refuseBroken)
  })
}
