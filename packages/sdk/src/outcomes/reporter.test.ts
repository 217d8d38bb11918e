import { bytesToHex } from '@noble/hashes/utils.js'
import { type Did, openStatement, sha256 } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { type Attestation, parseAttestation, Replica } from '@trustmesh/trust'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { config, someone } from '../../test/lent.ts'
import { Issuer } from '../issuer.ts'
import { MemoryNotes } from '../manifests/notes.ts'
import { MeshError, type MeshErrorCode } from '../mesh-error.ts'
import { Reporter, type ReporterPorts } from './reporter.ts'

const NOW = 1_767_225_600_000
const [SECOND_MS, HOUR_MS, DAY_MS] = [1_000, 3_600_000, 86_400_000]
const [ada, bob, carol] = [someone(), someone(), someone()]
const policy = { roots: [ada.did], authorities: [ada.did], threshold: 1 }

/** ada, a root, with a clock of her own, notes that outlast her reporter, and a node that keeps what she says. */
class Stage {
  nowMs = NOW
  readonly notes = new MemoryNotes()
  readonly warned: string[] = []
  readonly said: Attestation[] = []
  readonly replica = new Replica({ net: config.net, policy })
  /** Why the node takes nothing, and what it waits for before it does. */
  fault: MeshErrorCode | undefined
  pause: Promise<void> | undefined
  asked = 0
  reporter: Reporter
  #timers: { readonly at: number; readonly act: () => void }[] = []

  constructor(options: Partial<ReporterPorts> = {}) {
    this.reporter = this.join(options)
  }

  join(options: Partial<ReporterPorts> = {}, identity = ada): Reporter {
    const clock = { now: () => this.nowMs, monotonic: () => this.nowMs - NOW }
    const ask = async (frame: { bytes?: Uint8Array }): Promise<never> => {
      this.asked++
      await this.pause
      if (this.fault) throw new MeshError(this.fault)
      const statement = openStatement(frame.bytes as Uint8Array)
      this.replica.add(statement, this.nowMs)
      this.said.push(parseAttestation(statement))
      return undefined as never
    }
    const issuer = new Issuer(identity, { net: config.net, clock, random: systemRandom }, { ask: ask as never })
    const platform = { clock, after: (ms: number, act: () => void) => this.#after(ms, act) }
    const log = { info: () => {}, warn: (message: string) => void this.warned.push(message) }
    const { notes } = this
    this.reporter = new Reporter({ self: identity.did, reporter: true, notes, issuer, platform, log, ...options })
    return this.reporter
  }

  succeed(peer: Did = bob.did, times = 1): void {
    for (let n = 0; n < times; n++) this.reporter.observe({ peer, kind: 'task', outcome: 'success', isOwn: true })
  }

  /** Time passes, and what was to happen in it does. */
  async pass(ms: number): Promise<void> {
    const until = this.nowMs + ms
    while (this.#timers.some(({ at }) => at <= until)) {
      const [next] = this.#timers.sort((a, b) => a.at - b.at).splice(0, 1)
      this.nowMs = Math.max(this.nowMs, next?.at ?? 0)
      next?.act()
      await this.reporter.flush()
    }
    this.nowMs = until
  }

  get timers(): number {
    return this.#timers.length
  }

  #after(ms: number, act: () => void): () => void {
    const timer = { at: this.nowMs + ms, act }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }
}

const codeOf = (act: () => unknown): unknown => {
  try {
    act()
    return null
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}

let stage: Stage
beforeEach(() => {
  stage = new Stage()
})

describe('report', () => {
  it('T3 refuses outcomes of oneself, and says nothing of them', async () => {
    expect(codeOf(() => stage.reporter.report(ada.did, { outcome: 'success' }))).toBe('attestation.self')
    stage.succeed(ada.did)
    await stage.pass(HOUR_MS)
    expect([stage.said, stage.warned]).toEqual([[], []])
  })

  it.each<[string, object]>([
    ['an outcome', { outcome: 'great' }],
    ['a context', { outcome: 'success', context: '/tool' }],
    ['a hash', { outcome: 'success', evidence: [new Uint8Array(31)] }],
    ['bytes', { outcome: 'success', evidence: ['00'.repeat(32)] }],
  ])('refuses what is not %s', (_, report) => {
    expect(codeOf(() => stage.reporter.report(bob.did, report as never))).toBe('attestation.malformed')
    expect(codeOf(() => stage.reporter.report('did:key:zzz' as Did, { outcome: 'success' }))).toBe('did.malformed')
    expect([...stage.notes.entries()]).toEqual([])
  })

  it('says nothing for a denial, whoever denied', async () => {
    stage.reporter.report(bob.did, { outcome: 'denied', evidence: [new Uint8Array(32)] })
    stage.reporter.observe({ peer: bob.did, kind: 'task', outcome: 'denied', isOwn: true })
    await stage.pass(HOUR_MS)
    expect(stage.said).toEqual([])
    expect([...stage.notes.entries()]).toEqual([])
  })

  it('is kept at once, and said within half a minute, in its context, with its evidence and its time', async () => {
    const hash = sha256(Uint8Array.of(1))
    stage.reporter.report(bob.did, { outcome: 'failure', context: 'tool/search', evidence: [hash] })
    expect([...stage.notes.entries()]).toHaveLength(1)
    await stage.pass(29 * SECOND_MS)
    expect(stage.said).toEqual([])
    await stage.pass(SECOND_MS)
    expect(stage.said).toMatchObject([
      { iss: ada.did, sub: bob.did, ctx: 'tool/search', evidenceAt: NOW, evidence: [hash] },
    ])
    expect(stage.said[0]?.value).toBeLessThan(0)
    expect(stage.timers).toBe(0)
  })

  it('names the latest sixteen pieces of evidence, each once', async () => {
    const hashes = Array.from({ length: 20 }, (_, i) => sha256(Uint8Array.of(i)))
    for (const hash of [...hashes, hashes[19]])
      stage.reporter.report(bob.did, { outcome: 'success', evidence: [hash!] })
    await stage.pass(HOUR_MS)
    expect(stage.said.at(-1)?.evidence.map(bytesToHex)).toEqual(hashes.slice(4).map(bytesToHex))
  })

  it('is refused by one that is closed, which waits for nothing more', () => {
    stage.succeed()
    stage.reporter.close()
    expect(codeOf(() => stage.reporter.report(bob.did, { outcome: 'success' }))).toBe('mesh.closed')
    expect(stage.timers).toBe(0)
  })
})

describe('observe', () => {
  it('T5 counts nothing of calls that others began', async () => {
    for (const outcome of ['success', 'failure', 'timeout'] as const) {
      stage.reporter.observe({ peer: bob.did, kind: 'task', outcome, isOwn: false })
    }
    await stage.pass(HOUR_MS)
    expect(stage.said).toEqual([])
    expect([...stage.notes.entries()]).toEqual([])
  })

  it('does nothing unless it has been asked for', async () => {
    stage.join({ reporter: undefined })
    stage.succeed()
    await stage.pass(HOUR_MS)
    expect(stage.said).toEqual([])
  })

  it('takes the context of all, or of a kind, and passes over what is none', async () => {
    expect(codeOf(() => stage.join({ reporter: { context: 'Tool' } }))).toBe('attestation.malformed')
    stage.join({ reporter: { context: (kind) => (kind === 'task' ? 'work' : 'NOT ONE') } })
    stage.succeed()
    stage.reporter.observe({ peer: carol.did, kind: 'other', outcome: 'success', isOwn: true })
    await stage.pass(HOUR_MS)
    expect(stage.said).toMatchObject([{ sub: bob.did, ctx: 'work' }])
    expect(stage.warned).toHaveLength(1)
  })

  it('T5 says no more than four times an hour something of one, whatever the contexts, and then the latest', async () => {
    stage.join({ reporter: { context: (kind) => kind } })
    for (let minute = 0; minute < 60; minute++) {
      for (const kind of ['a', 'b']) {
        stage.reporter.observe({ peer: bob.did, kind, outcome: 'success', isOwn: true })
      }
      await stage.pass(60 * SECOND_MS)
    }
    expect(stage.said).toHaveLength(4)
    await stage.pass(2 * HOUR_MS)
    const weights = new Map(stage.said.map(({ ctx, weight }) => [ctx, weight]))
    // Nearly what 60 successes are worth: 64.
    for (const ctx of ['a', 'b']) expect(weights.get(ctx)).toBeGreaterThan(60)
    expect(stage.timers).toBe(0)
  })

  it('T12 says no more than sixty times an hour something of all, and the rest later', async () => {
    const crowd = Array.from({ length: 100 }, () => someone().did)
    for (const did of crowd) stage.succeed(did)
    await stage.pass(HOUR_MS)
    expect(stage.said).toHaveLength(60)
    await stage.pass(HOUR_MS)
    expect(new Set(stage.said.map(({ sub }) => sub))).toEqual(new Set(crowd))
  })

  it('says nothing again that is as good as what was said', async () => {
    stage.succeed(bob.did, 1_000)
    await stage.pass(HOUR_MS)
    stage.succeed(bob.did, 1_000)
    await stage.pass(HOUR_MS)
    expect(stage.said).toHaveLength(1)
  })

  it('T5 brings a stranger up to known in no day, and to trusted in weeks, though it be a root who says so', async () => {
    const tiers: string[] = []
    for (let day = 0; day < 25; day++) {
      stage.succeed(bob.did, 1_000)
      await stage.pass(DAY_MS)
      tiers.push(stage.replica.standingOf(bob.did, stage.nowMs).tier)
    }
    expect(tiers[0]).toBe('probation')
    expect(tiers[6]).toBe('known')
    expect(tiers[24]).toBe('trusted')
  })
})

describe('where the node is away, or refuses', () => {
  it('says it when there is one again, at once', async () => {
    stage.fault = 'mesh.disconnected'
    stage.succeed()
    stage.succeed(carol.did)
    await stage.pass(10 * HOUR_MS)
    expect(stage.warned).toEqual([])
    stage.fault = undefined
    await stage.pass(30 * SECOND_MS)
    expect(stage.said.map(({ sub }) => sub)).toEqual([bob.did, carol.did])
  })

  it('says so here, goes on with others, and tries again in its time', async () => {
    stage.fault = 'statement.refused'
    stage.succeed()
    stage.succeed(carol.did)
    await stage.pass(14 * 60 * SECOND_MS)
    expect(stage.warned).toHaveLength(2)
    stage.fault = undefined
    await stage.pass(2 * 60 * SECOND_MS)
    expect(stage.said).toHaveLength(2)
  })
})

describe('attest', () => {
  it('is what later outcomes are built on', async () => {
    await stage.reporter.attest(bob.did, { value: -900 })
    expect(stage.said).toMatchObject([{ value: -900, weight: 2000 }])
    await stage.pass(HOUR_MS)
    expect(stage.said).toHaveLength(1)
    stage.succeed(bob.did, 10_000)
    await stage.pass(HOUR_MS)
    const { value = 0, weight = 0 } = stage.said.at(-1) ?? {}
    expect(stage.said).toHaveLength(2)
    expect(value * weight).toBeLessThan(-1_700_000)
  })

  it('is what was said last, though something that was said before arrives later', async () => {
    let goOn = (): void => {}
    stage.pause = new Promise((resolve) => {
      goOn = resolve
    })
    stage.succeed(bob.did, 5)
    const earlier = stage.reporter.flush()
    await vi.waitFor(() => expect(stage.asked).toBe(1))
    stage.pause = undefined
    await stage.reporter.attest(bob.did, { value: -1000 })
    goOn()
    await earlier
    await stage.pass(2 * HOUR_MS)
    expect(stage.said.map(({ value }) => value)).toEqual([-1000, 1000])
    expect(stage.replica.standingOf(bob.did, stage.nowMs).score).toBeLessThan(100)
  })

  it('is not taken back by what is said at the same time', async () => {
    let goOn = (): void => {}
    stage.pause = new Promise((resolve) => {
      goOn = resolve
    })
    stage.succeed(bob.did, 5)
    const [earlier, attested] = [stage.reporter.flush(), stage.reporter.attest(bob.did, { value: -1000 })]
    stage.succeed(bob.did, 5)
    goOn()
    await Promise.all([earlier, attested])
    await stage.pass(2 * HOUR_MS)
    expect(stage.said).toMatchObject([{ value: 1000 }, { value: -1000, weight: 2000 }])
  })

  it('says nothing of somebody who is being attested', async () => {
    let goOn = (): void => {}
    stage.pause = new Promise((resolve) => {
      goOn = resolve
    })
    stage.succeed(bob.did, 5)
    const attested = stage.reporter.attest(bob.did, { value: -1000 })
    const flushed = stage.reporter.flush()
    goOn()
    await Promise.all([attested, flushed])
    await stage.pass(2 * HOUR_MS)
    expect(stage.said).toMatchObject([{ value: -1000 }])
  })

  it('leaves what was seen as it was where it is refused', async () => {
    stage.succeed(bob.did, 5)
    await expect(stage.reporter.attest(bob.did, { value: 2000 })).rejects.toMatchObject({
      code: 'attestation.malformed',
    })
    await expect(stage.reporter.attest(ada.did, { value: 900 })).rejects.toMatchObject({ code: 'attestation.self' })
    await stage.pass(HOUR_MS)
    expect(stage.said).toMatchObject([{ sub: bob.did, value: 1000 }])
  })
})

describe('another run', () => {
  it('K1 goes on from what the one before had seen, and says what it had not', async () => {
    stage.succeed(bob.did, 30)
    stage.reporter.close()
    stage.join()
    await stage.pass(30 * SECOND_MS)
    expect(stage.said).toMatchObject([{ sub: bob.did, weight: 57 }])
    stage.join()
    stage.succeed(bob.did, 30)
    await stage.pass(HOUR_MS)
    expect(stage.said.at(-1)).toMatchObject({ sub: bob.did, weight: 65 })
    expect(stage.said).toHaveLength(2)
  })

  it('K1 has lost no outcome that was reported, though it ended without a word', () => {
    const keep = vi.spyOn(stage.notes, 'set')
    for (let n = 1; n <= 3; n++) {
      stage.reporter.report(bob.did, { outcome: 'success' })
      expect(keep).toHaveBeenCalledTimes(n)
    }
    expect([...stage.notes.entries()]).toMatchObject([[expect.anything(), { ledger: { day: { success: 3 } } }]])
  })

  it('says as its heir what it has said under a key before', async () => {
    stage.succeed(bob.did, 30)
    await stage.pass(HOUR_MS)
    stage.join({}, carol)
    await stage.pass(HOUR_MS)
    expect(stage.said.map(({ iss, weight }) => [iss, weight])).toEqual([
      [ada.did, 57],
      [carol.did, 57],
    ])
  })

  it('O3 dates nothing ahead of a clock that has been set back', async () => {
    stage.succeed()
    stage.nowMs -= DAY_MS
    await stage.reporter.flush()
    expect(stage.said).toMatchObject([{ evidenceAt: NOW - DAY_MS }])
  })
})
