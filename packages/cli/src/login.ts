import { encode, meshIdOf, toBase64url } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { CONTRACTS, OPERATOR, type Role } from '@trustmesh/mesh-node/admin'
import { covers, issueInvocation } from '@trustmesh/trust'
import type { Cli } from './cli.ts'
import { CliError } from './cli-error.ts'
import { type AdminClient, Problem } from './client.ts'
import { operatorKey } from './operator-key.ts'

/** The most first. */
const POWERS = [OPERATOR.admin, OPERATOR.operator, OPERATOR.viewer]

/** A login: what it is worth, and until when. */
export interface Login {
  readonly token: string
  readonly role: Role
  /** ms. */
  readonly expiresAt: number
}

/**
 * Signs in with the operator's key, and keeps what that gives in the context. What is signed is for this node alone, so that
 * nobody in between can use it with another.
 */
export async function signIn(cli: Cli, client: AdminClient): Promise<Login> {
  // Two commands at a time sign the same challenge, and it is good for one of them.
  const login = await attempt(cli, client).catch((error: unknown) => {
    if (error instanceof Problem && error.code === 'login.challenge') return attempt(cli, client)
    throw error
  })
  await (await cli.contexts()).put(await cli.contextName(), { login })
  return login
}

async function attempt(cli: Cli, client: AdminClient): Promise<Login> {
  const { root, node } = await cli.context()
  if (!root || !node) {
    const fix = 'trustmesh login --root DID --node DID'
    throw new CliError('cli.no-credential', 'it is not known which mesh and which node this is', { fix })
  }
  const {
    identity,
    chain: { leaf, links },
  } = await operatorKey(cli)
  const can = POWERS.find((power) => covers(leaf.can, power))
  if (!can) throw new CliError('cli.no-credential', `a chain for ${leaf.can} signs nobody in`)
  const { did } = identity
  const { challenge } = await client.call(CONTRACTS.createChallenge, { body: { did } })
  const net = meshIdOf(root)
  const invocation = { aud: node, leaf, can, args: encode({ challenge, net, node }) }
  const { bytes } = await issueInvocation(identity, invocation, { net, clock: systemClock, random: systemRandom })
  const body = { did, chain: links.map(toBase64url), invocation: toBase64url(bytes) }
  return await client.call(CONTRACTS.createLogin, { body })
}
