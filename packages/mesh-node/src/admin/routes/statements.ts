import { fromBase64url, toBase64url } from '@trustmesh/identity'
import { NodeError } from '../../node-error.ts'
import type { AdminControl } from '../control.ts'
import type { Outcome } from '../operation.ts'
import { only, pageOf, passes } from '../page.ts'
import { refuseBroken } from '../problems.ts'
import * as contracts from '../schemas/statements.ts'
import { By, type Serve } from '../serve.ts'

const STATUS_OF = { added: 201, known: 200, 'awaiting-approval': 202 } as const satisfies Readonly<
  Record<Outcome, number>
>

/** Everything that the node holds, and what somebody brings who has signed it elsewhere. */
export function addStatements(serve: Serve, { control }: { readonly control: AdminControl }): void {
  serve(contracts.listStatements, ({ query: { type, iss, ...page } }) => {
    const found = only(control.statements(), (each) => passes(type, each.type) && passes(iss, each.iss))
    const { items, cursor } = pageOf(found, page, ({ id }) => id)
    return {
      items: items.map(({ id, type, iss, iat, bytes }) => ({ id, type, iss, iat, bytes: bytes.length })),
      cursor,
    }
  })

  serve(contracts.getStatement, ({ params }) => {
    const statement = control.statement(params.id)
    if (!statement) throw new NodeError('admin.not-found')
    const { id, type, iss, iat, bytes } = statement
    return { id, type, iss, iat, bytes: bytes.length, statement: toBase64url(bytes) }
  })

  serve(contracts.submitStatement, async ({ body, visitor }) => {
    const accepted = await accept(body.statement).catch(refuseBroken)
    return new By(STATUS_OF[accepted.outcome], accepted)

    async function accept(text: string) {
      return await control.accept(fromBase64url(text), visitor)
    }
  })
}
