import { hostResponder } from '../host.ts'
import { startBenchNode } from './trustmesh-node.ts'

await hostResponder(startBenchNode)
