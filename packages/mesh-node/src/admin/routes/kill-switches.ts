import type { AdminControl } from '../control.ts'
import { createKillSwitch, previewKillSwitch } from '../schemas/operations.ts'
import type { Serve } from '../serve.ts'
import { ordered } from './operations.ts'

/** Whole subtrees that are cut off. */
export function addKillSwitches(serve: Serve, { control }: { readonly control: AdminControl }): void {
  serve(createKillSwitch, async ({ body, visitor }) => ordered(await control.order({ verb: 'kill', ...body }, visitor)))

  serve(previewKillSwitch, ({ body, visitor }) => control.preview({ verb: 'kill', ...body }, visitor))
}
