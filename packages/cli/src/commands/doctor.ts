import type { Cli } from '../cli.ts'
import { type AnyCommand, command } from '../command.ts'
import { examine, type Finding } from '../doctor/examine.ts'
import { EXIT } from '../exit-codes.ts'
import type { Color } from '../output.ts'

const MARKS: Readonly<Record<Finding['state'], readonly [Color, string]>> = {
  ok: ['green', '✓'],
  warning: ['yellow', '!'],
  fault: ['red', '✗'],
}

/** `trustmesh doctor` */
export function doctorCommand(cli: Cli): AnyCommand {
  return command('doctor', 'what is wrong here, and the command that mends it; exit 6 where something is').action(
    async () => {
      const findings = await examine(cli)
      const faults = findings.filter(({ state }) => state === 'fault').length
      cli.output.answer('Diagnosis', { ok: faults === 0, findings }, (data, paint) =>
        data.findings
          .flatMap(({ check, state, detail, fix }) => {
            const line = `${paint(...MARKS[state])} ${check.padEnd(12)} ${detail}`
            return fix ? [line, `  ${paint('dim', 'fix')}          ${fix}`] : [line]
          })
          .join('\n'),
      )
      if (faults > 0) cli.exitCode = EXIT.checkFailed
    },
  )
}
