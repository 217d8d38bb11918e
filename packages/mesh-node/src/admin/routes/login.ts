import type { AuditLog } from '../../audit/log.ts'
import { bearerOf } from '../door.ts'
import type { Logins } from '../login.ts'
import { createChallenge, createLogin, deleteLogin } from '../schemas/login.ts'
import type { Serve } from '../serve.ts'

/** Sign-in by the key of an operator. */
export function addLogin(serve: Serve, { logins, audit }: { readonly logins: Logins; readonly audit: AuditLog }): void {
  serve(createChallenge, ({ body }) => logins.challenge(body.did))

  serve(createLogin, async ({ body, request }) => {
    const login = await logins.signIn(body)
    audit.record({ event: 'login.granted', code: login.role, did: body.did, by: body.did, peer: request.ip })
    return login
  })

  serve(deleteLogin, ({ request }) => {
    logins.end(bearerOf(request.headers.authorization) ?? '')
    return null
  })
}
