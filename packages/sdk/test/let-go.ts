import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** How many of these are still held by something. */
export async function held(things: readonly WeakRef<object>[]): Promise<number> {
  // What was read of a WeakRef is kept to the end of the turn.
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  return things.filter((thing) => thing.deref() !== undefined).length
}
