import type { AdminControl } from '../control.ts'
import { refuseBroken } from '../problems.ts'
import { createInvitation } from '../schemas/invitations.ts'
import type { Serve } from '../serve.ts'

/** What lets nodes and agents in. */
export function addInvitations(serve: Serve, { control }: { readonly control: AdminControl }): void {
  serve(createInvitation, async ({ body: { url, ...body }, visitor }) => ({
    invitation: await control.invite({ ...body, ...(url !== undefined && { url }) }, visitor).catch(refuseBroken),
  }))
}
