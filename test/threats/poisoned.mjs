/**
 * A program for the test beside it: joins with what the environment says, prints what it is given, and is killed by what is
 * poison.
 */

import { writeSync } from 'node:fs'
import { joinMesh } from '@trustmesh/sdk'

const mesh = await joinMesh({ name: 'eater' })
mesh.on('food', {}, (food) => {
  writeSync(1, `given ${food}\n`)
  if (food === 'poison') process.kill(process.pid, 'SIGKILL')
  return 'eaten'
})
writeSync(1, `serving as ${mesh.did}\n`)
