import { NodeError } from '@trustmesh/mesh-node/setup'
import type { Cli } from '../cli.ts'
import { problemText } from '../failure.ts'
import { examineApi } from './api.ts'
import { examineFiles } from './files.ts'
import type { Finding } from './finding.ts'
import { examineMachine } from './machine.ts'

export type { Finding } from './finding.ts'

/** Looks at everything, whatever is found first; changes nothing. */
export async function examine(cli: Cli): Promise<readonly Finding[]> {
  const config = await cli.config().catch((error: unknown) => {
    if (error instanceof NodeError && error.code === 'config.invalid') return error
    throw error
  })
  if (config instanceof NodeError) {
    return config.problems.map((problem) => ({
      ...{ check: 'config', state: 'fault', detail: problemText(problem) },
      fix: problem.mend ?? 'trustmesh config validate',
    }))
  }
  const { findings: ofApi, isServing } = await examineApi(cli)
  return [
    {
      check: 'config',
      state: 'ok',
      detail: (await cli.configFile()) ?? 'no file; defaults, and what the environment says',
    },
    ...(await examineFiles(cli, config)),
    ...(await examineMachine(config, isServing)),
    ...ofApi,
  ]
}
