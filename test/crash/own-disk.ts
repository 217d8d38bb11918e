import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** Runs a program where what it mounts is nobody else's, and gone when it ends. */
export const own = (script: string, ...args: string[]) => run('unshare', ['-rm', 'sh', '-ec', script, 'sh', ...args])
/** Whether that can be done here. */
export const canMount: boolean = await own('mount -t tmpfs none /mnt').then(
  () => true,
  () => false,
)
