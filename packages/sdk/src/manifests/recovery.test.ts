import { type Did, openStatement } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { issueFirstManifest, issueManifest, StatementSet } from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import { config, someone } from '../../test/lent.ts'
import { recoverIdentity } from './recovery.ts'

const { net, policy } = config
const [bob, recovery, mallory] = [someone(), someone(), someone()]
const clock = { now: () => 1_767_225_600_000, monotonic: () => 0 }
const { bytes: manifest } = await issueFirstManifest(bob, { recovery: recovery.did }, net)
const recover = (by = recovery, shown = manifest): Promise<Uint8Array> =>
  recoverIdentity(by, { manifest: shown, reason: 'the laptop is gone' }, { clock, random: systemRandom })

describe(recoverIdentity, () => {
  it('I12 refuses anybody whom the first manifest does not name', async () => {
    await expect(recover(mallory)).rejects.toMatchObject({ code: 'recovery.refused' })
    await expect(recover(bob)).rejects.toMatchObject({ code: 'recovery.refused' })
    const issuance = { net, clock, random: systemRandom }
    const later = await issueManifest(bob, { name: 'bob', version: '1', previousSeq: 0 }, issuance)
    await expect(recover(recovery, later.bytes)).rejects.toMatchObject({ code: 'recovery.refused' })
    const { bytes } = await issueFirstManifest(mallory, { recovery: mallory.did }, net)
    await expect(recover(recovery, bytes)).rejects.toMatchObject({ code: 'recovery.refused' })
  })

  it('revokes the Did by itself, whoever has heard of its manifest, and no other', async () => {
    const set = new StatementSet({ net, policy })
    expect(set.add(openStatement(await recover()))).toMatchObject({ kind: 'added' })
    const isRevoked = ({ did }: { did: Did }): boolean => set.isRevoked(did)
    expect([bob, recovery, mallory].map(isRevoked)).toEqual([true, false, false])
  })
})
