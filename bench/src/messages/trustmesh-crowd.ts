/** `node trustmesh-crowd.js PLACE`: agents of ours, by the public SDK. */

import { hostCrowd } from './crowd.ts'
import { join } from './trustmesh-mesh.ts'

const crowd: unknown[] = []
hostCrowd(async (n, place) => {
  crowd.push(await join(`idle ${n}`, place))
})
