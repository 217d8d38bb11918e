import type { EventView } from '@trustmesh/mesh-node/admin'
import type { Cli } from '../cli.ts'
import { type AnyCommand, command, integer, Option } from '../command.ts'
import type { Known } from '../known.ts'
import type { Paint } from '../output.ts'
import { watch } from '../watching.ts'

const SEVERITIES = ['info', 'notice', 'critical'] as const
const COLORS = { info: 'dim', notice: 'yellow', critical: 'red' } as const

/** `trustmesh watch` */
export function watchCommand(cli: Cli): AnyCommand {
  return command('watch', 'what happens in the mesh, as it happens; takes up where it was when the connection breaks')
    .option(
      '--since <id>',
      'from behind that event on, as far as the node remembers',
      integer(0, Number.MAX_SAFE_INTEGER),
    )
    .option('--kind <kind...>', 'only these: revocation.applied, agent.first-seen, …')
    .addOption(
      new Option('--severity <severity>', 'only what is at least that').choices(SEVERITIES).default('info' as const),
    )
    .option('--count <n>', 'ends after so many', integer(1, 1_000_000))
    .action(async ({ since, kind, severity, count = Number.POSITIVE_INFINITY }) => {
      const known = await cli.known()
      const client = await cli.client()
      const lost = (reason: string) => cli.output.note(`the connection is gone (${reason}); once more`)
      let seen = 0
      for await (const event of watch(client, { since, signal: cli.world.signal, lost })) {
        if (kind && !kind.includes(event.kind)) continue
        if (SEVERITIES.indexOf(event.severity) < SEVERITIES.indexOf(severity)) continue
        cli.output.answer('Event', event, (data, paint) => eventText(data, known, paint))
        seen += 1
        if (seen >= count) return
      }
    })
}

function eventText({ time, kind, severity, did, by, code, detail }: EventView, known: Known, paint: Paint): string {
  const numbers = Object.entries(detail ?? {}).map(([name, value]) => `${name}=${value}`)
  const parts = [did && known.shown(did), code, by && `by ${known.petnameOf(by) ?? by}`, ...numbers]
  return [time, paint(COLORS[severity], kind.padEnd(20)), ...parts.filter(Boolean)].join('  ')
}
