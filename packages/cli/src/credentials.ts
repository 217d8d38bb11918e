import type { Cli } from './cli.ts'
import { CliError } from './cli-error.ts'
import type { AdminClient, Credentials } from './client.ts'
import { type Login, signIn } from './login.ts'

/** Ends a login this long before the node does, for the way there. */
const MARGIN_MS = 10_000
/** A login that is refused is made anew, and not again and again. */
const BETWEEN_RENEWALS_MS = 10_000

/**
 * Whom this run speaks as, in this order: `TRUSTMESH_TOKEN`, a login that still holds, the operator's key, which signs in by
 * itself, a static token of the context.
 */
export function credentialsOf(cli: Cli): Credentials {
  let renewedAtMs = Number.NEGATIVE_INFINITY
  let isKeptRefused = false
  let login: Login | undefined
  let signingIn: Promise<Login> | null = null

  return {
    async token(client: AdminClient) {
      const given = cli.world.env['TRUSTMESH_TOKEN']
      if (given) return given
      const { login: kept, operator, token } = await cli.context()
      const current = login ?? (isKeptRefused ? undefined : kept)
      if (current && current.expiresAt - MARGIN_MS > Date.now()) return current.token
      if (operator) {
        // However many requests wait for it.
        signingIn ??= signIn(cli, client).finally(() => {
          signingIn = null
        })
        login = await signingIn
        return login.token
      }
      if (token) return token
      throw new CliError('cli.no-credential', 'nothing here signs in', { fix: 'trustmesh login' })
    },

    /** A login ends with the node that has given it: one that is not known there any more is made anew. */
    async renew() {
      const { operator } = await cli.context()
      if (!operator || cli.world.env['TRUSTMESH_TOKEN']) return false
      if (performance.now() - renewedAtMs < BETWEEN_RENEWALS_MS) return false
      renewedAtMs = performance.now()
      isKeptRefused = true
      login = undefined
      return true
    },
  }
}
