/** The least that a page of an agent imports. */

import { joinMesh } from '@trustmesh/sdk'

await using mesh = await joinMesh()
mesh.on('task', { minTier: 'trusted' }, (task) => task)
