import { hostResponder } from '../host.ts'
import { partsOnce } from '../parts.ts'
import { echoServer, portOf, stopServer } from './bare-ws-server.ts'

/** With the argument `parts`, the server also does, at each connection, the cryptography that a handshake cannot do without. */
await hostResponder(async () => {
  const server = await echoServer(process.argv[2] === 'parts' ? partsOnce() : undefined)
  return { info: portOf(server), stop: () => stopServer(server) }
})
