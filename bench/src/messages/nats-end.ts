/**
 * `node nats-end.js ROLE PLACE [signed]`: a client of a NATS server. Where it signs, it does so with Ed25519 of `node:crypto`
 * for each message and each answer, and verifies each that comes, with keys that are at hand.
 */

import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { connect } from 'nats'
import { CONTENT, hostEnd, type Role, WINDOW } from './end.ts'

const [notes, echoes] = ['notes', 'echoes']
const SIGNATURE_BYTES = 64
/** An Ed25519 key in PKCS #8, RFC 8410, but for the 32 bytes of the key. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** What is put around a content, and what takes it off and checks it. */
interface Seal {
  seal(content: Uint8Array): Uint8Array
  open(data: Uint8Array): Uint8Array
}

const plain: Seal = { seal: (content) => content, open: (data) => data }

function signed(own: KeyObject, other: KeyObject): Seal {
  return {
    seal: (content) => Buffer.concat([sign(null, content, own), content]),
    open(data) {
      const content = data.subarray(SIGNATURE_BYTES)
      if (!verify(null, content, other, data.subarray(0, SIGNATURE_BYTES))) throw new Error('a signature does not hold')
      return content
    },
  }
}

function privateKeyOf(role: Role): KeyObject {
  const key = Buffer.concat([PKCS8, createHash('sha256').update(role).digest()])
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

await hostEnd(async (role, place, arrived) => {
  const other = role === 'sender' ? 'receiver' : 'sender'
  const isSigned = process.argv[4] === 'signed'
  const { seal, open } = isSigned ? signed(privateKeyOf(role), createPublicKey(privateKeyOf(other))) : plain
  const client = await connect({ servers: place })
  if (role === 'receiver') {
    client.subscribe(notes, {
      callback: (error, { data }) => {
        if (error) throw error
        open(data)
        arrived()
      },
    })
    client.subscribe(echoes, {
      callback: (error, message) => {
        if (error) throw error
        message.respond(seal(open(message.data)))
      },
    })
    await client.flush()
  }
  return {
    async send(isOver) {
      let sent = 0
      // Two halves of the window by turns, so that the server is never waited for with nothing on its way.
      let settled = Promise.resolve()
      for (; !isOver(); sent += WINDOW / 2) {
        for (let i = 0; i < WINDOW / 2; i++) client.publish(notes, seal(CONTENT))
        const flushed = client.flush()
        await settled
        settled = flushed
      }
      await settled
      return sent
    },
    async request() {
      open((await client.request(echoes, seal(CONTENT))).data)
    },
    stop: () => client.close(),
  }
})
