import { text } from 'node:stream/consumers'
import { parseDid } from '@trustmesh/identity'
import { CONTRACTS } from '@trustmesh/mesh-node/admin'
import { Chain } from '@trustmesh/sdk'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { type AnyCommand, command } from '../command.ts'
import { signIn } from '../login.ts'

/** `trustmesh login` */
export function loginCommand(cli: Cli): AnyCommand {
  return command(
    'login',
    'signs in to the admin API of a node, with the key of an operator or with a token; other commands do so by themselves',
  )
    .option('--admin <url>', 'where that is: https://mesh.example:4211')
    .option('--node <did>', 'who answers there')
    .option('--root <did>', 'where trust in that mesh starts')
    .option('--key <name>', 'the key that signs in, of "trustmesh id new NAME --operator"')
    .option('--chain <chain>', 'what gives it its powers, as "trustmesh delegate" has printed it')
    .option('--token', 'reads a static token from standard input, and keeps it')
    .option('--end', 'ends the login; the key and the chain stay')
    .action(async ({ admin, node, root, key, chain, token = false, end = false }) => {
      const contexts = await cli.contexts()
      const name = await cli.contextName()
      if (end) return await endLogin(cli)
      if ((key === undefined) !== (chain === undefined))
        throw new CliError('cli.usage', '--key and --chain go together')
      await contexts.put(name, {
        ...(admin !== undefined && { admin: urlIn(admin), login: undefined }),
        ...(node !== undefined && { node: parseDid(node) }),
        ...(root !== undefined && { root: parseDid(root) }),
        ...(key !== undefined && chain !== undefined && (await operatorOf(cli, key, chain))),
        ...(token && { token: (await text(cli.world.stdin)).trim(), operator: undefined, login: undefined }),
      })
      if (!contexts.has(contexts.current)) await contexts.use(name)
      const client = await cli.client()
      if (contexts.of(name).operator) await signIn(cli, client)
      const principal = await client.call(CONTRACTS.getWhoami, {})
      const data = { ...principal, admin: client.url, context: name }
      const known = await cli.known()
      cli.output.answer('Login', data, (said, paint) => {
        const until = said.expiresAt === undefined ? '' : `, until ${new Date(said.expiresAt).toISOString()}`
        const who = said.did ? known.shown(said.did) : said.name
        return `${paint('green', '✓')} ${who} is ${said.role} at ${said.admin}${until}; context "${said.context}"`
      })
    })
}

async function endLogin(cli: Cli): Promise<void> {
  const contexts = await cli.contexts()
  const name = await cli.contextName()
  if (contexts.of(name).login) {
    await (await cli.client()).call(CONTRACTS.deleteLogin, {})
    await contexts.put(name, { login: undefined })
  }
  cli.output.answer('Login', { context: name, ended: true }, (_, paint) => `${paint('green', '✓')} signed out`)
}

async function operatorOf(cli: Cli, key: string, text: string) {
  const chain = Chain.parse(text)
  const identity = await cli.operatorKeys.load(key)
  if (!identity) {
    const fix = `trustmesh id new ${key} --operator`
    throw new CliError('cli.not-found', `there is no operator's key "${key}" here`, { fix })
  }
  if (chain.audience !== identity.did) {
    throw new CliError('cli.usage', `that chain is for ${chain.audience}; the key "${key}" is ${identity.did}`)
  }
  return { root: chain.root, operator: { key, did: identity.did, chain: text }, login: undefined }
}

function urlIn(admin: string): string {
  if (/^https?:\/\//.test(admin) && URL.canParse(admin)) return admin
  throw new CliError('cli.usage', '--admin is an http:// or https:// URL')
}
