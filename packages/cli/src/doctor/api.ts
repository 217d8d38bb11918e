import { API_VERSION, CONTRACTS } from '@trustmesh/mesh-node/admin'
import { MAX_SKEW_MS } from '@trustmesh/trust'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { type AdminClient, Problem } from '../client.ts'
import { failureOf } from '../failure.ts'
import type { Finding } from './finding.ts'

/** Whose word on revocations is older than this may not know of one. Members speak at least every ten seconds. */
const STALE_MS = 60_000
/** A clock is read by the second, and on its way. */
const NOTICEABLE_MS = 2_500
const CLOCK_FIX = 'timedatectl set-ntp true, on the machine whose clock is wrong'

/** What the node says when it is asked: that it is there, is ready, and hears the others. */
export async function examineApi(cli: Cli): Promise<{ findings: Finding[]; isServing: boolean }> {
  const client = await cli.client()
  const reached = await reach(client)
  if ('finding' in reached) return { findings: [reached.finding], isServing: reached.isServing }
  return {
    findings: [
      {
        check: 'api',
        state: 'ok',
        detail: `${client.url} answers, and takes you for ${reached.name} (${reached.role})`,
      },
      clockFinding(reached.skewMs, 'the node'),
      await examineVersion(client),
      await examineReadiness(client),
      ...(await examineNodes(cli, client)),
    ],
    isServing: true,
  }
}

type Reached =
  | { readonly name: string; readonly role: string; readonly skewMs: number }
  | { readonly finding: Finding; readonly isServing: boolean }

async function reach(client: AdminClient): Promise<Reached> {
  try {
    const response = await client.open(CONTRACTS.getWhoami, {})
    const skewMs = skewOf(response.headers.get('date'), Date.now())
    const { name, role } = CONTRACTS.getWhoami.answer.parse(await response.json())
    return { name, role, skewMs }
  } catch (error) {
    if (!(error instanceof CliError || error instanceof Problem)) throw error
    const { code, message, fix } = failureOf(error)
    const isServing = error instanceof Problem
    const way = code === 'cli.unreachable' ? 'trustmesh up' : (fix ?? 'trustmesh login')
    return { isServing, finding: { check: 'api', state: 'fault', detail: `${message} (${code})`, fix: way } }
  }
}

/** How far another clock is ahead of this one, in ms, by the `Date` of an answer; 0 where it says none. */
function skewOf(date: string | null, now: number): number {
  const theirs = Date.parse(date ?? '')
  return Number.isNaN(theirs) ? 0 : theirs - now
}

/** What it means that another clock is so far ahead. */
function clockFinding(skewMs: number, whose: string): Finding {
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  const detail = `the clock of ${whose} is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} this one`
  if (Math.abs(skewMs) > MAX_SKEW_MS) return { check: 'clock', state: 'fault', detail, fix: CLOCK_FIX }
  if (Math.abs(skewMs) > NOTICEABLE_MS) return { check: 'clock', state: 'warning', detail, fix: CLOCK_FIX }
  return { check: 'clock', state: 'ok', detail: `that of ${whose} says the same as this one` }
}

async function examineVersion(client: AdminClient): Promise<Finding> {
  const { info } = await client.call(CONTRACTS.getOpenapi, {})
  const version = typeof info === 'object' && info !== null && 'version' in info ? String(info.version) : 'unknown'
  if (version === API_VERSION)
    return { check: 'version', state: 'ok', detail: `both speak version ${version} of the admin API` }
  const state = version.split('.')[0] === API_VERSION.split('.')[0] ? 'warning' : 'fault'
  const detail = `the node speaks version ${version} of the admin API, this program ${API_VERSION}`
  return { check: 'version', state, detail, fix: 'upgrade the older of the two: docs/guides/running.md' }
}

async function examineReadiness(client: AdminClient): Promise<Finding> {
  try {
    await client.call(CONTRACTS.getReadyz, {})
    return { check: 'ready', state: 'ok', detail: 'every check of the node holds' }
  } catch (error) {
    if (!(error instanceof Problem && error.status === 503)) throw error
    const detail = `the node is not ready: ${error.checks.join('; ') || error.code}`
    return { check: 'ready', state: 'fault', detail, fix: 'trustmesh audit show --severity critical' }
  }
}

async function examineNodes(cli: Cli, client: AdminClient): Promise<Finding[]> {
  const known = await cli.known()
  const others = []
  for await (const node of client.items(CONTRACTS.listNodes)) if (!node.isSelf) others.push(node)
  if (others.length === 0) return [{ check: 'peers', state: 'ok', detail: 'a mesh of one node' }]
  const linked = others.filter(({ isLinked }) => isLinked).length
  const peers: Finding =
    linked > 0
      ? { check: 'peers', state: 'ok', detail: `linked with ${linked} of ${others.length}` }
      : {
          ...{ check: 'peers', state: 'fault', detail: `linked with none of ${others.length}` },
          fix: 'start them, or name one in "peers" of the config: trustmesh config show --origin',
        }
  const stale = others.filter(({ ageMs }) => ageMs === null || ageMs > STALE_MS)
  if (stale.length === 0)
    return [peers, { check: 'staleness', state: 'ok', detail: 'what is known of revocations is new' }]
  return [
    peers,
    ...stale.map(({ did, ageMs }): Finding => {
      const age = ageMs === null ? 'has never been heard' : `was heard ${Math.round(ageMs / 1000)} s ago`
      const detail = `${known.shown(did)} ${age}: what it has revoked since may not be known here`
      return {
        check: 'staleness',
        state: 'fault',
        detail,
        fix: `start it; if it is gone for good: trustmesh node revoke ${did} --reason TEXT`,
      }
    }),
  ]
}
