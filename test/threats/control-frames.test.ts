import { CLOSE_CODES } from '@trustmesh/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { joinRaw, RawSocket, someone, TestNode } from '../e2e/kit.ts'

const PING = { type: 'ping', n: 1 } as const
const OPCODES = { ping: 9, pong: 10 } as const
const FEW = 16
const MANY = 5_000

let node: TestNode

beforeAll(async () => {
  node = await TestNode.start()
})

afterAll(() => node[Symbol.asyncDispose]())

describe("WebSocket's own pings and pongs", () => {
  it.each(['ping', 'pong'] as const)(
    'M10 are answered no further where there is no end of them: a %s flood closes the session, and no other',
    async (which) => {
      using flooder = await joinRaw(node.joinFile, someone())
      using other = await joinRaw(node.joinFile, someone())
      for (let n = 0; n < MANY; n++) flooder.wire.send(new Uint8Array(100), { opcode: OPCODES[which] })
      expect(await flooder.wire.closed).toBe(CLOSE_CODES['session.rate-limited'].ws)
      other.send(PING)
      expect(await other.nextOf('pong')).toEqual({ type: 'pong', n: 1 })
    },
  )

  it('M10 close a socket that has not said who it is, too', async () => {
    using raw = await RawSocket.open(node.url)
    for (let n = 0; n < MANY; n++) raw.send(new Uint8Array(), { opcode: OPCODES.ping })
    expect(await raw.closed).toBe(CLOSE_CODES['session.rate-limited'].ws)
  })

  it('M10 are nobody’s harm where they are few', async () => {
    using agent = await joinRaw(node.joinFile, someone())
    for (let n = 0; n < FEW; n++) agent.wire.send(new Uint8Array(), { opcode: OPCODES.ping })
    agent.send(PING)
    expect(await agent.nextOf('pong')).toEqual({ type: 'pong', n: 1 })
  })

  it('M10 a close that comes again and again ends the connection once', async () => {
    using raw = await RawSocket.open(node.url)
    for (let n = 0; n < MANY; n++) raw.send(new Uint8Array(), { opcode: 8 })
    await raw.closed
    using other = await joinRaw(node.joinFile, someone())
    other.send(PING)
    expect(await other.nextOf('pong')).toEqual({ type: 'pong', n: 1 })
  })
})
