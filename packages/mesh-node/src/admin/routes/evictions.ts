import type { AdminControl } from '../control.ts'
import { createEviction, previewEviction } from '../schemas/operations.ts'
import type { Serve } from '../serve.ts'
import { ordered } from './operations.ts'

/** Sessions that are ended here. */
export function addEvictions(serve: Serve, { control }: { readonly control: AdminControl }): void {
  serve(createEviction, async ({ body, visitor }) => ordered(await control.order({ verb: 'evict', ...body }, visitor)))

  serve(previewEviction, ({ body, visitor }) => control.preview({ verb: 'evict', ...body }, visitor))
}
