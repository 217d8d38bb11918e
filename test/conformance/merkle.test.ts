import { verifyInclusion } from '@trustmesh/audit'
import { describe, expect, it } from 'vitest'
import { hasShared, readShared } from '../shared.ts'

const INCLUSION = 'vectors/merkle/inclusion.json'

interface Case {
  readonly name: string
  readonly leafIdx: number
  readonly treeSize: number
  readonly root: string
  readonly leafHash: string
  readonly proof: readonly string[] | null
  readonly wantErr: boolean
}

const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))

describe.runIf(hasShared(INCLUSION))('proofs of inclusion by others', () => {
  const cases = JSON.parse(readShared(INCLUSION)) as readonly Case[]

  it('A6 gives the verdict of each of the 98 cases', () => {
    const verdicts = cases.map(({ name, leafHash, leafIdx, treeSize, root, proof }) => {
      const tree = { size: treeSize, root: bytes(root) }
      return [name, verifyInclusion(bytes(leafHash), leafIdx, tree, (proof ?? []).map(bytes))]
    })
    expect(verdicts).toEqual(cases.map(({ name, wantErr }) => [name, !wantErr]))
    expect([verdicts.length, verdicts.filter(([, ok]) => ok).length]).toEqual([98, 6])
  })
})
