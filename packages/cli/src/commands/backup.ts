import { systemClock } from '@trustmesh/identity/node'
import type { Cli } from '../cli.ts'
import { type AnyCommand, command } from '../command.ts'

/** `trustmesh backup` */
export function backupCommand(cli: Cli): AnyCommand {
  return command('backup', 'copies the data folder of the node on this machine, which may be running, to a new folder')
    .argument('<dir>', 'the folder, which is made')
    .action(async (folder) => {
      const { backUp } = await import('@trustmesh/mesh-node')
      const { dataDir } = await cli.config()
      const { takenAt, files } = await backUp(dataDir, folder, systemClock)
      const data = { folder, dataDir, takenAt, files: files.length }
      cli.output.answer('Backup', data, (made, paint) => {
        return `${paint('green', '✓')} ${made.files} files of ${made.dataDir}; keep ${made.folder} as you keep the keys, which are in it`
      })
    })
}

/** `trustmesh restore` */
export function restoreCommand(cli: Cli): AnyCommand {
  return command('restore', 'makes the data folder, which must be empty, of a backup')
    .argument('<dir>', 'the folder of the backup')
    .action(async (folder) => {
      const { restore } = await import('@trustmesh/mesh-node')
      const { dataDir } = await cli.config()
      const { takenAt, files } = await restore(folder, dataDir)
      const data = { folder, dataDir, takenAt, files: files.length }
      cli.output.answer('Backup', data, (made, paint) =>
        [
          `${paint('green', '✓')} ${made.dataDir} is as it was at ${made.takenAt}`,
          'next: trustmesh up; without another member that has what was since, trustmesh up --accept-loss',
        ].join('\n'),
      )
    })
}
