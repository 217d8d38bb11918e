import type { AuditLog } from '../../audit/log.ts'
import { NodeError } from '../../node-error.ts'
import { createToken, deleteToken, listTokens } from '../schemas/tokens.ts'
import type { Serve } from '../serve.ts'
import type { Tokens } from '../tokens.ts'

/** Static tokens. Who made and ended which is in the log before it is so (threat A8). */
export function addTokens(
  serve: Serve,
  { tokens, audit }: { readonly tokens: Tokens; readonly audit: AuditLog },
): void {
  serve(listTokens, () => ({ items: tokens.list(), cursor: null }))

  serve(createToken, async ({ body: { name, role }, visitor }) => {
    if (tokens.list().some((token) => token.name === name)) throw new NodeError('tokens.exists')
    await audit.commit({ event: 'token.issued', code: role, name, by: visitor.name })
    return { name, role, token: await tokens.issue(name, role, visitor) }
  })

  serve(deleteToken, async ({ params: { name }, visitor }) => {
    if (!tokens.list().some((token) => token.name === name)) throw new NodeError('admin.not-found')
    await audit.commit({ event: 'token.revoked', name, by: visitor.name })
    await tokens.revoke(name)
    return null
  })
}
