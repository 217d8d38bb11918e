import { systemRandom } from '@trustmesh/identity/node'
import { CLOSE_CODES, type Frame } from '@trustmesh/protocol'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  buildNode,
  Handshake,
  join,
  joinOver,
  NodeProcess,
  plaintextOf,
  RawSocket,
  someone,
  until,
  upgradeRequest,
  wsFrame,
} from '../e2e/kit.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'

const COUNT = Number(process.env['TRUSTMESH_FUZZ_LIVE'] ?? 5_000)
const SEED = Number(process.env['TRUSTMESH_FUZZ_SEED'] ?? new DataView(systemRandom(4).buffer).getUint32(0))
const AT_ONCE = 16
const OURS: ReadonlySet<number | null> = new Set(Object.values(CLOSE_CODES).map(({ ws }) => ws))

/** Numbers that a seed determines: mulberry32. */
class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** A number from 0 to `below - 1`. */
  under(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }

  pick<T>(from: readonly T[]): T {
    return from[this.under(from.length)] as T
  }

  /** Short for the most part, sometimes beyond every limit. */
  bytes(): Uint8Array {
    const length = this.under(this.pick([8, 64, 300, 2_000, 70_000]))
    return Uint8Array.from({ length }, () => this.under(256))
  }

  /** Never what it was. */
  mutated(bytes: Uint8Array): Uint8Array {
    const at = this.under(bytes.length)
    const byte = this.pick([0x00, 0x7f, 0x80, 0x90, 0xc1, 0xd9, 0xdd, 0xdf, 0xff])
    const copy = bytes.slice()
    switch (this.under(5)) {
      case 0:
        return bytes.slice(0, at)
      case 1:
        return Uint8Array.of(...bytes, ...this.bytes().slice(0, 100), byte)
      case 2:
        return Uint8Array.of(...bytes.slice(0, at), byte, ...bytes.slice(at))
      case 3:
        return Uint8Array.of(...bytes.slice(0, at), ...bytes.slice(at + 1 + this.under(4)))
      default:
        copy[at] = (bytes[at] as number) ^ (1 << this.under(8))
        return copy
    }
  }

  /** A frame of WebSocket of which nothing is as it should be, or nearly everything. */
  frame(payload: Uint8Array): Uint8Array {
    const [opcode, rsv] = [this.under(16), this.pick([0, 0, 0, this.under(8)])]
    const length = this.pick([payload.length, payload.length, this.under(2 ** 17), 2 ** 40])
    return wsFrame(payload, { opcode, rsv, length, fin: this.under(4) > 0, masked: this.under(8) > 0 })
  }
}

/** One hostile thing done on a new connection. True where no node may be content with it. */
type Phase = (raw: RawSocket, node: NodeProcess, dice: Dice) => Promise<boolean>

const phases: Readonly<Record<string, Phase>> = {
  async upgrade(raw, _, dice) {
    const isRandom = dice.under(3) === 0
    raw.write(isRandom ? dice.bytes() : dice.mutated(upgradeRequest(['Origin: https://evil.example'])))
    return false
  },
  async hello(raw, { joinFile }, dice) {
    await raw.upgrade()
    // A mutant may be good: of a key or a challenge, any bit.
    return throwAt(raw, dice, await new Handshake(joinFile, someone()).hello()) === 'noise'
  },
  async response(raw, { joinFile }, dice) {
    await raw.upgrade()
    const handshake = new Handshake(joinFile, someone())
    raw.send(await handshake.hello())
    const challenge = (await raw.next()) as Uint8Array
    return throwAt(raw, dice, (await handshake.answer(challenge)) as Uint8Array) !== 'frame'
  },
  async session(raw, { joinFile }, dice) {
    await raw.upgrade()
    const alice = someone()
    const session = await joinOver(raw, joinFile, alice)
    const plaintext = plaintextOf(dice.pick(frames()))
    // A mutant of what is sealed may be valid; a mutant of what was sealed never opens.
    if (dice.under(2) === 0) return throwAt(raw, dice, session.seal(plaintext)) !== 'frame'
    raw.send(session.seal(dice.under(4) === 0 ? dice.bytes().slice(0, 60_000) : dice.mutated(plaintext)))
    return false
  },
}

describe('a node that is sent anything at all', () => {
  beforeAll(buildNode)

  it(`goes on, refuses, counts, and serves: ${COUNT} connections, TRUSTMESH_FUZZ_SEED=${SEED}`, {
    timeout: 60_000 + COUNT * 20,
  }, async () => {
    console.info(`TRUSTMESH_FUZZ_SEED=${SEED}`)
    await using folder = await temporaryFolder()
    const env = { TRUSTMESH_LIMITS_HANDSHAKES_PER_SECOND_PER_ADDRESS: '100000' }
    await using node = await NodeProcess.start({ home: folder.path, env })
    const dice = new Dice(SEED)
    const names = Object.keys(phases)
    let done = 0
    const certain = { handshake: 0, session: 0 }
    const worker = async (_: unknown, index: number): Promise<void> => {
      const localAddress = `127.99.${index}.1`
      while (done < COUNT) {
        const own = new Dice(dice.under(2 ** 32))
        const name = names[done++ % names.length] as string
        using raw = await RawSocket.connect(node.joinFile.url, { localAddress })
        const isCertain = await (phases[name] as Phase)(raw, node, own)
        raw.tcp.end()
        const code = await raw.closed
        if (!isCertain) continue
        certain[name === 'session' ? 'session' : 'handshake']++
        expect(OURS).toContain(code)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))

    expect(node.isRunning).toBe(true)
    const metrics = await until(async () => {
      const text = await node.get('/metrics')
      return /^trustmesh_sessions\{purpose="agent"\} 0$/m.test(text) && text
    })
    expect(certain.handshake).toBeGreaterThan(COUNT / 10)
    expect(certain.session).toBeGreaterThan(COUNT / 40)
    expect(refusalsIn(metrics, 'handshakes_total')).toBeGreaterThanOrEqual(certain.handshake)
    expect(refusalsIn(metrics, 'frames_refused_total')).toBeGreaterThanOrEqual(certain.session)
    expect(JSON.parse(await node.get('/readyz'))).toEqual({ ok: true })

    await using bob = await join(node.joinFile, 'bob')
    await using carol = await join(node.joinFile, 'carol')
    bob.on('task', { minTier: 'known' }, () => 'served')
    await expect(carol.request(bob.did, 'task')).rejects.toMatchObject({ code: 'request.denied' })
    expect(await node.stop()).toBe(0)
    // Of pino's levels, 50 is an error and 60 the end.
    expect(node.stderr).not.toMatch(/"level":[56]0/)
  })
})

/** The message altered, something else in its place, or any message in a frame of WebSocket that is not as it should be. */
function throwAt(raw: RawSocket, dice: Dice, message: Uint8Array): 'frame' | 'mutant' | 'noise' {
  if (dice.under(4) === 0) {
    raw.write(dice.frame(message))
    return 'frame'
  }
  const isNoise = dice.under(3) === 0
  raw.send(isNoise ? dice.bytes() : dice.mutated(message))
  return isNoise ? 'noise' : 'mutant'
}

/** One of each that a node takes. */
function frames(): Frame[] {
  const key = systemRandom(32)
  return [
    { type: 'message', id: key.slice(16), to: key, body: key },
    { type: 'statement', bytes: systemRandom(200) },
    { type: 'query', did: key },
    { type: 'ping', n: 1 },
    { type: 'close', code: 'session.closed' },
    { type: 'rekey' },
  ]
}

/** What was refused for what it was: neither because it came too often, nor before it was a WebSocket. */
function refusalsIn(metrics: string, name: string): number {
  const counts = metrics.matchAll(new RegExp(`^trustmesh_${name}\\{[a-z]+="(?:frame|handshake)\\..+"\\} (\\d+)$`, 'gm'))
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
}
