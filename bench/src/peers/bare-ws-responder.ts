import { hostResponder } from '../responder-host.ts'
import { echoServer, portOf, stopServer } from './bare-ws-server.ts'

await hostResponder(async () => {
  const server = await echoServer()
  return { info: portOf(server), stop: () => stopServer(server) }
})
