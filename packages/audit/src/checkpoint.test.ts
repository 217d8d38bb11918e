import { identityFromSeed } from '@trustmesh/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { issueCheckpoint, issueCosignature, parseCheckpoint, withCosignature } from './checkpoint.ts'
import { parseNote } from './note.ts'

const log = identityFromSeed(new Uint8Array(32).fill(1))
const witness = identityFromSeed(new Uint8Array(32).fill(2))
const mallory = identityFromSeed(new Uint8Array(32).fill(3))
const root = new Uint8Array(32).fill(7)
const refused = (code: string): unknown => expect.objectContaining({ name: 'AuditError', code })

async function cosigned(): Promise<string> {
  const checkpoint = await issueCheckpoint(log, { size: 5, root })
  return withCosignature(checkpoint, await issueCosignature(witness, checkpoint.head, 1_900_000_000)).note
}

/** How many have confirmed it; none where it is broken. */
function confirmed(note: string): number {
  try {
    return parseCheckpoint(note).cosigners.length
  } catch (error) {
    expect(error).toEqual(expect.objectContaining({ name: 'AuditError' }))
    return 0
  }
}

describe(parseCheckpoint, () => {
  it('A3 refuses a checkpoint of which any one character was changed', async () => {
    const note = await cosigned()
    const at = fc.nat(note.length - 1)
    fc.assert(
      fc.property(at, fc.constantFrom('0', '7', 'A', 'z', '=', '+', ' ', '\n', '—'), (i, character) => {
        fc.pre(note[i] !== character)
        const changed = note.slice(0, i) + character + note.slice(i + 1)
        // A signature by a name or of a key that nobody knows counts for nothing: that of the cosigner is gone then.
        expect(confirmed(changed)).toBe(0)
      }),
      { numRuns: 2000 },
    )
  })

  it('A3 refuses one that another has signed, that nobody has, and that says more than it is', async () => {
    const [note, other] = [await cosigned(), (await issueCheckpoint(mallory, { size: 5, root })).note]
    const { text } = parseNote(note)
    expect(() => parseCheckpoint(`${text}\n${other.split('\n\n')[1]}`)).toThrow(refused('checkpoint.signature'))
    expect(() => parseCheckpoint(other.replace(mallory.did, log.did))).toThrow(refused('checkpoint.signature'))
    expect(() => parseCheckpoint(`${text}\n`)).toThrow(refused('note.malformed'))
    expect(() => parseCheckpoint(note.replace('\n5\n', '\n05\n'))).toThrow(refused('checkpoint.malformed'))
    expect(() => parseCheckpoint(note.replace('\n\n', '\nmore\n\n'))).toThrow(refused('checkpoint.malformed'))
  })

  it('A4 refuses a cosignature that says another time, and the same cosigner twice', async () => {
    const { head, note } = await issueCheckpoint(log, { size: 5, root })
    const [line, later] = [await issueCosignature(witness, head, 100), await issueCosignature(witness, head, 101)]
    const bytes = Buffer.from(line.split(' ')[2]!, 'base64')
    bytes[11]!++
    const moved = `— ${witness.did} ${bytes.toString('base64')}\n`
    expect(() => parseCheckpoint(note + moved)).toThrow(refused('checkpoint.cosignature'))
    expect(() => parseCheckpoint(note + line + later)).toThrow(refused('checkpoint.cosignature'))
    const replaced = withCosignature(parseCheckpoint(note + line), later)
    expect(replaced.cosigners).toEqual([{ did: witness.did, at: 101 }])
  })

  it('says whose it is, what it says, and who has confirmed it', async () => {
    const { head, cosigners } = parseCheckpoint(await cosigned())
    expect(head).toEqual({ origin: log.did, size: 5, root })
    expect(cosigners).toEqual([{ did: witness.did, at: 1_900_000_000 }])
    await expect(log.cosign(head, 1)).rejects.toMatchObject({ code: 'signer.tree-head' })
  })

  it('reads a note as C2SP prints it', () => {
    const { text, signatures } = parseNote(
      'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n' +
        '— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n',
    )
    expect(text.split('\n')).toHaveLength(4)
    expect(signatures.map(({ name, keyId, bytes }) => [name, keyId.length, bytes.length])).toEqual([
      ['example.com/behind-the-sofa', 4, 64],
    ])
  })
})
