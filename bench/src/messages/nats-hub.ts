/** `node nats-hub.js`: the NATS server of this machine. */

import { hostHub } from './hub.ts'
import { NatsServer } from './nats-server.ts'

hostHub(await NatsServer.start())
