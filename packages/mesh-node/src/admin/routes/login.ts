import type { AuditLog } from '../../audit/log.ts'
import { bearerOf } from '../door.ts'
import type { Logins } from '../login.ts'
import { createChallenge, createLogin, deleteLogin } from '../schemas/login.ts'
import type { Serve } from '../serve.ts'

/** Sign-in by the key of an operator. Whose token is good is in the log before anybody has it (threat A8). */
export function addLogin(serve: Serve, { logins, audit }: { readonly logins: Logins; readonly audit: AuditLog }): void {
  serve(createChallenge, ({ body }) => logins.challenge(body.did))

  serve(createLogin, async ({ body, request }) => {
    const login = await logins.signIn(body)
    try {
      await audit.commit({ event: 'login.granted', code: login.role, did: body.did, by: body.did, peer: request.ip })
    } catch (error) {
      logins.end(login.token)
      throw error
    }
    return login
  })

  serve(deleteLogin, async ({ request, visitor }) => {
    const token = bearerOf(request.headers.authorization) ?? ''
    // A static token is none, and is ended elsewhere.
    if (!logins.personOf(token)) return null
    await audit.commit({ event: 'admin.acted', code: 'login.ended', by: visitor.name, peer: request.ip })
    logins.end(token)
    return null
  })
}
