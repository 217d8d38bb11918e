import type { Did, Encodable } from '@trustmesh/identity'
import { MeshError } from '@trustmesh/sdk'
import { joinAs } from './agent.ts'
import type { Cli } from './cli.ts'
import { refusalOf } from './failure.ts'
import type { Known } from './known.ts'
import { refusalText } from './output.ts'
import { pause } from './pause.ts'

/** Whom the mesh of the demonstration trusts from the start. */
export const SPONSOR = 'ada'
const ASKERS = ['helper', 'mallory'] as const
const BETWEEN_MS = 3_000

/** Agents that talk until the run ends: ada vouches for the researcher and the helper, and for mallory nobody does. */
export async function demonstrate(cli: Cli): Promise<void> {
  const known = await cli.known()
  await using ada = await joinAs(cli, SPONSOR)
  await using researcher = await joinAs(cli, 'researcher')
  researcher.on('task', { minTier: 'trusted' }, (task, peer) => ({
    ok: true,
    servedFor: peer.did,
    task: task as Encodable,
  }))
  const names = [SPONSOR, 'researcher', ...ASKERS]
  for (const name of names) await known.name(name, await cli.agentDid(name))
  for (const name of ['researcher', 'helper']) await ada.attest(await cli.agentDid(name), { value: 800 })
  cli.output.answer('Demo', { agents: known.petnames, kind: 'task' }, () =>
    [
      'four agents talk; ada vouches for the researcher and the helper, and for mallory nobody does. In another terminal, try:',
      `  trustmesh send researcher '{"q":"hi"}' --as mallory`,
      '  trustmesh agents',
      '  trustmesh explain helper',
      '  trustmesh attest mallory --value 800 --as ada',
      '  trustmesh revoke helper --reason "a try" --wait',
    ].join('\n'),
  )
  while (!cli.world.signal.aborted) {
    for (const name of ASKERS) await ask(cli, name, researcher.did, known.named)
    await pause(BETWEEN_MS, cli.world.signal)
  }
}

/** Joins for this one question: whoever tries things with the same key is not in the way. */
async function ask(cli: Cli, name: string, researcher: Did, named: Known['named']): Promise<void> {
  const { signal } = cli.world
  const asked = { from: name, to: 'researcher' }
  try {
    await using mesh = await joinAs(cli, name)
    await mesh.request(researcher, 'task', 'summarise the paper', { signal })
    cli.output.answer(
      'DemoEvent',
      { ...asked, answered: true },
      (_, paint) => `${paint('green', '✓')} ${name} → researcher: answered`,
    )
  } catch (error) {
    if (signal.aborted) return
    if (!(error instanceof MeshError)) throw error
    const { code, denial } = error
    cli.output.answer('DemoEvent', { ...asked, answered: false, code, denial }, (_, paint) =>
      denial ? refusalText(refusalOf(denial, named), paint) : `${paint('red', '✗')} ${name} → researcher: ${code}`,
    )
  }
}
