import type { FileHandle } from 'node:fs/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity, type Identity, meshIdOf, openStatement } from '@trustmesh/identity'
import { FileKeystore, systemRandom } from '@trustmesh/identity/node'
import { issueAttestation, Replica } from '@trustmesh/trust'
import { describe, expect, it, vi } from 'vitest'
import { MemoryNotes } from '../../packages/sdk/src/manifests/notes.ts'
import { Presentation } from '../../packages/sdk/src/manifests/presentation.ts'
import { Succession } from '../../packages/sdk/src/manifests/succession.ts'

/** A process that stops for good before or after a step: whatever it does to the disk, and whatever it says to its node. */
const crash = vi.hoisted(() => ({
  at: Number.POSITIVE_INFINITY,
  steps: 0,
  isAfter: false,
  reached: (): void => {},
  files: [] as FileHandle[],
  async step<T>(act: () => Promise<T>): Promise<T> {
    const isHere = ++this.steps === this.at
    const stop = (): Promise<never> => {
      this.reached()
      return new Promise(() => {})
    }
    if (isHere && !this.isAfter) return await stop()
    const result = await act()
    return isHere ? await stop() : result
  },
}))

vi.mock('node:fs/promises', async (original) => {
  const real: typeof import('node:fs/promises') = await original()
  const stepwise = <A extends unknown[], R>(act: (...args: A) => Promise<R>) => {
    return (...args: A): Promise<R> => crash.step(() => act(...args))
  }
  return {
    ...real,
    link: stepwise(real.link),
    rename: stepwise(real.rename),
    rm: stepwise(real.rm),
    unlink: stepwise(real.unlink),
    open: stepwise(async (...args: Parameters<typeof real.open>) => {
      const file = await real.open(...args)
      crash.files.push(file)
      const handle: Pick<FileHandle, 'close' | 'sync' | 'writeFile'> = {
        close: stepwise(() => file.close()),
        sync: stepwise(() => file.sync()),
        writeFile: stepwise((data) => file.writeFile(data)),
      }
      return handle
    }),
  }
})

const NOW = 1_767_225_600_000
const root = generateIdentity(systemRandom)
const net = meshIdOf(root.did)
const policy = { roots: [root.did], authorities: [root.did], threshold: 1 }
const issuance = { net, random: systemRandom, clock: { now: () => NOW, monotonic: () => 0 } }
const log = { info: () => {}, warn: () => {} }

/** An agent's program, from its start; it has forgotten whatever is not in its keystore. */
class Program {
  readonly identity: Identity
  readonly succession: Succession

  static async start(keystore: FileKeystore, leave: (envelope: Uint8Array) => Promise<void>): Promise<Program> {
    const identity = (await keystore.load('bob')) ?? (await keystore.create('bob'))
    const heir = (): Promise<Identity | null> => keystore.heirOf('bob')
    const presentation = await Presentation.prepare({
      ...{ identity, name: 'bob', heir, issuance, notes: new MemoryNotes(), log },
    })
    await presentation.leave(leave)
    const { first } = presentation
    return new Program(identity, new Succession({ identity, keystore, name: 'bob', issuance, first, leave }))
  }

  private constructor(identity: Identity, succession: Succession) {
    this.identity = identity
    this.succession = succession
  }
}

/** Rotates and stops at a step; then starts again and goes on. Whether it came to that step at all. */
async function rotateAndStop(at: number, isAfter: boolean, passphrases: readonly (string | null)[]): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'succession-'))
  try {
    const open = (passphrase: string | null | undefined): FileKeystore =>
      new FileKeystore({
        ...{ directory, random: systemRandom, warn: () => {}, scryptLogN: 1 },
        passphrase: async () => passphrase ?? null,
      })
    const replica = new Replica({ net, policy })
    const leave = (envelope: Uint8Array): Promise<void> =>
      crash.step(async () => void replica.add(openStatement(envelope), NOW))
    const statusOf = ({ did }: Identity): string => replica.standingOf(did, NOW).status

    const old = (await Program.start(open(passphrases[0]), leave)).identity
    const attestation = { sub: old.did, value: 800, exp: NOW + 1_000 }
    replica.add(await issueAttestation(root, attestation, issuance), NOW)
    const heir = (await open(passphrases[0]).heirOf('bob')) as Identity

    const stopped = new Promise<'stopped'>((resolve) => {
      Object.assign(crash, { at, isAfter, steps: 0, reached: () => resolve('stopped') })
    })
    const rotating = Program.start(open(passphrases[1]), leave).then(({ succession }) => succession.rotate())
    const end = await Promise.race([rotating, stopped])
    crash.at = Number.POSITIVE_INFINITY
    for (const file of crash.files.splice(0)) await file.close()

    const again = await Program.start(open(passphrases[1]), leave)
    expect([old.did, heir.did]).toContain(again.identity.did)
    expect(statusOf(again.identity) === 'active' || (await again.succession.isUnfinished())).toBe(true)
    if (again.identity.did === old.did) expect((await again.succession.rotate()).did).toBe(heir.did)
    expect([statusOf(old), statusOf(heir)]).toEqual(['unknown', 'active'])
    // And the commitment of the new key has been said once: it can rotate in turn.
    const { identity, succession } = await Program.start(open(passphrases[1]), leave)
    expect(identity.did).toBe(heir.did)
    expect(await succession.isUnfinished()).toBe(false)
    const last = await succession.rotate()
    expect([statusOf(old), statusOf(heir), statusOf(last)]).toEqual(['unknown', 'unknown', 'active'])
    return end === 'stopped'
  } finally {
    await rm(directory, { recursive: true })
  }
}

describe('a rotation', () => {
  it.each([
    ['sealed keys', ['secret', 'secret']],
    ['keys that come to be sealed', [null, 'secret']],
  ])('I12 leaves either key in use and one commitment said, wherever it stops: with %s', async (_, passphrases) => {
    let at = 0
    let isReached = true
    while (isReached) {
      at++
      for (const isAfter of [false, true]) isReached = await rotateAndStop(at, isAfter, passphrases)
    }
    // It wrote a key, left two statements and renamed a file at least.
    expect(at).toBeGreaterThan(12)
  })
})
