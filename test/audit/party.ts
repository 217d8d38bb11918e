import { join } from 'node:path'
import { type Clock, type Did, type Identity, identityFromSeed, meshIdOf } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { MemoryAuditLog } from '@trustmesh/mesh-node'
import type { Frame, FrameOf } from '@trustmesh/protocol'
import { Cosigning } from '../../packages/mesh-node/src/audit/cosigning.ts'
import { AuditExchange, type AuditFrame, type AuditLink } from '../../packages/mesh-node/src/audit/exchange.ts'
import type { FileAuditLog } from '../../packages/mesh-node/src/audit/file.ts'
import { LogKeys } from '../../packages/mesh-node/src/audit/log-keys.ts'
import { Witness } from '../../packages/mesh-node/src/audit/witness.ts'
import { Witnessed } from '../../packages/mesh-node/src/audit/witnessed.ts'
import { until } from '../e2e/until.ts'
import { openLog } from './open-log.ts'

export const identity = (seed: number): Identity => identityFromSeed(new Uint8Array(32).fill(seed))
export const net = meshIdOf(identity(1).did)

/** The keys of a node, from memory: always the same for the same node. */
function keysOf(node: Identity, seed: number, logSeed = seed + 1): Promise<LogKeys> {
  const keystore = { load: async (name: string) => identity(name === 'log' ? logSeed : seed + 2) }
  return LogKeys.open(keystore as never, node, { net, clock: systemClock, random: systemRandom })
}

/** A node as far as audit logs go. */
export class Party {
  readonly told = new MemoryAuditLog({ clock: systemClock })
  readonly did: Did
  readonly log: FileAuditLog
  readonly exchange: AuditExchange

  /** What was last said of its checkpoint, over any link. */
  answer: FrameOf<'cosigned'> | undefined
  /** The other nodes of the mesh. */
  readonly others: Did[] = []

  private constructor(node: Identity, keys: LogKeys, log: FileAuditLog, witnessed: Witnessed, clock: Clock) {
    const members = () => this.others
    const common = { net, keys, audit: this.told, clock }
    this.did = node.did
    this.log = log
    this.exchange = new AuditExchange(new Cosigning({ ...common, log }), new Witness({ ...common, witnessed, members }))
  }

  /** A party whose folder is here; `prepare` is done to that first. */
  static async open(
    folder: string,
    seed: number,
    logSeed?: number,
    clock: Clock = systemClock,
    prepare: (folder: string) => Promise<void> = async () => {},
  ): Promise<Party> {
    const keys = await keysOf(identity(seed), seed, logSeed)
    const log = await openLog(folder, { key: keys.log })
    await prepare(folder)
    return new Party(identity(seed), keys, log, await Witnessed.open(folder), clock)
  }

  async write(codes: readonly string[]): Promise<void> {
    for (const code of codes) await this.log.commit({ event: 'admin.acted', code })
    await until(() => this.log.checkpoint().split('\n')[1] === `${this.log.size}`)
  }

  get forks(): (string | undefined)[] {
    return this.told.lines.filter(({ event }) => event === 'audit.fork').map(({ code }) => code)
  }

  get cosigners(): number {
    return this.log.checkpoint().split('\n').length - 6
  }
}

/** One end of a link over which everything arrives, later and in order, until it is cut. */
class End implements AuditLink {
  isOpen = true
  readonly did: Did
  readonly #far: Party
  other: End | undefined

  constructor(far: Party) {
    this.did = far.did
    this.#far = far
  }

  push(frame: Frame): void {
    setImmediate(() => {
      if (!this.isOpen || !this.other) return
      if (frame.type === 'cosigned') this.#far.answer = frame
      this.#far.exchange.receive(frame as AuditFrame, this.other)
    })
  }
}

/** Joins two, and gives what parts them again. */
export function joined(a: Party, b: Party): () => void {
  const [toB, toA] = [new End(b), new End(a)]
  toB.other = toA
  toA.other = toB
  a.exchange.greet(toB)
  b.exchange.greet(toA)
  return () => {
    for (const end of [toA, toB]) end.isOpen = false
    a.exchange.lost(toB)
    b.exchange.lost(toA)
  }
}

export const MALLORY = 20

/** Two honest nodes, and one that shows each of them another log under the same key. */
export async function scene(path: string) {
  const [bob, carol] = [await Party.open(join(path, 'b'), 40), await Party.open(join(path, 'c'), 60)]
  const [one, other] = [await Party.open(join(path, '1'), MALLORY), await Party.open(join(path, '2'), MALLORY)]
  const close = async (): Promise<void> => {
    for (const { log } of [bob, carol, one, other]) await log.close()
  }
  return { bob, carol, one, other, [Symbol.asyncDispose]: close }
}
