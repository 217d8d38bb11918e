import { NodeError } from '@trustmesh/mesh-node/setup'
import type { Denial } from '@trustmesh/sdk'
import { CliError } from './cli-error.ts'
import { Problem } from './client.ts'
import { isMisuse } from './command.ts'
import { exitCodeOf } from './exit-codes.ts'
import type { Failure } from './output.ts'
import { isSimulatorError } from './simulator.ts'

/** What would mend what others report, where this program knows a command for it. */
const FIXES: Readonly<Record<string, string>> = {
  'admin.forbidden': 'sign in as somebody who may: trustmesh login, with a chain for more of /mesh/operator',
  'admin.unauthenticated': 'trustmesh login',
  'backup.exists': 'another folder',
  'backup.not-empty': 'stop the node that runs there, and move the folder out of the way',
  'config.missing': 'trustmesh up, or TRUSTMESH_JOIN with the path of a join file',
  'invitation.malformed': 'the whole token, as trustmesh invite has printed it',
  'keystore.passphrase': 'set TRUSTMESH_PASSPHRASE_FILE, or give --prompt',
  'mesh.disconnected': 'trustmesh doctor',
  'mesh.exists': 'another mesh takes another folder: TRUSTMESH_HOME, or dataDir in a config file',
  'mesh.root-key': 'give a passphrase (TRUSTMESH_PASSPHRASE_FILE or --prompt), or --plain-root for a try',
  'store.locked': 'a node runs on this folder already; trustmesh doctor says which',
}

/** What is told of whatever a command has ended with. */
export function failureOf(error: unknown, named?: (text: string) => string): Failure {
  const exitCode = exitCodeOf(error)
  const denial = denialIn(error)
  if (denial) return { ...refusalOf(denial, named), more: { exitCode, denial } }
  if (error instanceof CliError || isSimulatorError(error)) {
    const { code, message, why, fix } = error
    return { code, message, why, fix, more: { exitCode } }
  }
  if (isMisuse(error)) return { code: 'cli.usage', message: error.message.replace(/^error: /, ''), more: { exitCode } }
  const code = codeOf(error)
  if (error instanceof NodeError && error.problems.length > 0) {
    const why = error.problems.map(problemText)
    return {
      code,
      message: `${why.length} to mend`,
      why,
      fix: FIXES[code],
      more: { exitCode, problems: error.problems },
    }
  }
  const why = error instanceof Problem ? error.checks : undefined
  const text = error instanceof Problem ? error.message : textOf(error)
  const message = text.startsWith(`${code}: `) ? text.slice(code.length + 2) : text === code ? '' : text
  return { code, message, why, fix: FIXES[code], more: { exitCode } }
}

/** A denial as people read it: Dids by what this person calls them, and where it is a command that would turn it, that. */
export function refusalOf(denial: Denial, named: (text: string) => string = (text) => text): Failure {
  const { code, peer, have, need, why, fix } = denial
  const who = named(peer.did) === peer.did ? (peer.name ?? peer.did) : named(peer.did)
  const stands = have && (have.tier === 'probation' ? 'on probation' : have.tier)
  const message =
    have && need ? `${who} is ${stands} (${have.score}), ${need.kind} needs ${need.minTier} (${need.score})` : who
  return { code, message, why: why.map(named), fix: [...attestationIn(named(fix)), named(fix)].join(': ') }
}

/** The command by which somebody vouches as a fix says, where that is what it says. */
function attestationIn(fix: string): string[] {
  const said = /attests (\S+)(?: in (\S+))? with value (\d+)(?: and weight (\d+))?/.exec(fix)
  if (!said) return []
  const [, whom, ctx, value, weight] = said
  const options = [`--value ${value}`, ctx && `--ctx ${ctx}`, weight && `--weight ${weight}`, '--as NAME']
  return [`trustmesh attest ${whom} ${options.filter(Boolean).join(' ')}`]
}

/** One thing that is wrong with a config, where, and what mends it. */
export function problemText({ at, path, problem, mend }: NodeError['problems'][number]): string {
  return `${[at, path, problem].filter(Boolean).join(': ')}${mend ? ` → ${mend}` : ''}`
}

function denialIn(error: unknown): Denial | undefined {
  return error instanceof Error && 'denial' in error ? (error.denial as Denial | undefined) : undefined
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'cli.failed'
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
