import { NodeError } from '../../node-error.ts'
import type { AdminControl } from '../control.ts'
import type { Operation } from '../operation.ts'
import { only, pageOf, passes } from '../page.ts'
import * as contracts from '../schemas/operations.ts'
import { By, type Serve } from '../serve.ts'

/** What has been ordered, and what has become of it. */
export function addOperations(serve: Serve, { control }: { readonly control: AdminControl }): void {
  serve(contracts.listOperations, ({ query: { state, verb, ...page } }) =>
    pageOf(
      only(control.operations(), (each) => passes(state, each.state) && passes(verb, each.order.verb)),
      page,
      latestFirst,
    ),
  )

  serve(contracts.getOperation, ({ params }) => {
    const operation = control.operation(params.id)
    if (!operation) throw new NodeError('admin.not-found')
    return operation
  })

  serve(contracts.approveOperation, ({ params, visitor }) => control.approve(params.id, visitor))

  serve(contracts.rejectOperation, ({ params, visitor }) => control.reject(params.id, visitor))
}

/** The answer to an order: 201 where it is in force now, 200 where all of it was before, 202 where it waits for somebody. */
export function ordered(operation: Operation): By<Operation> {
  if (operation.state === 'awaiting-approval') return new By(202, operation)
  return new By(operation.items.some(({ created }) => created) ? 201 : 200, operation)
}

/** Times have 13 digits until 2286: what is left of 16 orders them the other way round. */
function latestFirst({ requestedAt, id }: Operation): string {
  return `${1e15 - requestedAt} ${id}`
}
