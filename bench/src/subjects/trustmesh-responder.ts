import { hostResponder } from '../responder-host.ts'
import { startBenchNode } from './trustmesh-node.ts'

await hostResponder(startBenchNode)
