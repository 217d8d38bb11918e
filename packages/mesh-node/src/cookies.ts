import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock, Random } from '@trustmesh/identity'
import type { CookieJar } from '@trustmesh/protocol'

const PERIOD_MS = 30_000

/** Cookies that cost a responder one HMAC and no memory: bound to an address, a hello and half a minute (threat H13). */
export class Cookies {
  readonly #clock: Clock
  readonly #secret: Uint8Array

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#secret = random(32)
  }

  /** The jar for one address. */
  for(address: string): CookieJar {
    const bake = (hello: { e: Uint8Array; n: Uint8Array }, period: number): Buffer =>
      createHmac('sha256', this.#secret).update(`${address} ${period} `).update(hello.e).update(hello.n).digest()
    const now = (): number => Math.floor(this.#clock.monotonic() / PERIOD_MS)
    return {
      bake: (hello) => new Uint8Array(bake(hello, now())),
      accepts: (hello, cookie) =>
        cookie.length === 32 && [now(), now() - 1].some((period) => timingSafeEqual(bake(hello, period), cookie)),
    }
  }
}
