import { decode, generateIdentity, type Identity, openStatement, sealStatement } from '@trustmesh/identity'
import { systemRandom } from '@trustmesh/identity/node'
import { unpack } from 'msgpackr'
import { type Benchmark, pairedRow, type Row } from './benchmark.ts'
import { costOf } from './cpu.ts'
import { compare, paired } from './paired.ts'
import { bareSigner, bareVerifier, type Claimed } from './peers/bare-ed25519.ts'

/** Statements in a sample, and how many issuers share them. */
const COUNT = 500
const ISSUERS = 50
const unit = 'per CPU second, more is better'

/** The benchmark `statements`: what sealing and opening a statement costs beside the bare engine and the bare decoder. */
export const run: Benchmark = async ({ rounds = 41, progress }) => {
  const row = async (id: string, prepare: () => Promise<Sides>): Promise<Row> => {
    progress(`${id}: ${rounds} rounds of ${COUNT}`)
    const sample = (side: keyof Sides) => async (): Promise<number> => {
      const work = (await prepare())[side]
      return (COUNT / (await costOf(work)).cpuMs) * 1000
    }
    const sides = { ours: sample('ours'), peer: sample('peer') }
    await paired(12, sides)
    return pairedRow(
      id,
      compare(await paired(rounds, sides), (rate) => rate),
      unit,
    )
  }

  const seen = await claims(issuers(ISSUERS))
  const verifySeen = seen.map(bareVerifier({ keys: 'imported' }))
  const [issuer] = issuers(1) as [Identity]
  const signBare = seen.map(bareSigner())
  return {
    rows: [
      await row('verify-vs-engine', async () => ({
        ours: forEach(seen, ({ bytes }) => openStatement(bytes)),
        peer: forEach(verifySeen, (verify) => verify()),
      })),
      await row('verify-vs-engine-fresh', async () => {
        const fresh = await claims(issuers(COUNT))
        const verify = fresh.map(bareVerifier({ keys: 'raw' }))
        return {
          ours: forEach(fresh, ({ bytes }) => openStatement(bytes)),
          peer: forEach(verify, (each) => each()),
        }
      }),
      await row('seal-vs-engine', async () => ({
        ours: async () => {
          for (const { claim } of seen) await sealStatement(issuer, 'attestation', claim)
        },
        peer: forEach(signBare, (sign) => sign()),
      })),
      await row('strict-decode-vs-msgpackr', async () => ({
        ours: forEach(seen, ({ payload }) => decode(payload)),
        peer: forEach(seen, ({ payload }) => unpack(payload)),
      })),
    ],
  }
}

interface Sides {
  ours: () => void | Promise<void>
  peer: () => void | Promise<void>
}

/** A sample: the act for each item in turn. */
function forEach<Item>(items: readonly Item[], act: (item: Item) => unknown): () => void {
  return () => {
    for (const item of items) act(item)
  }
}

function issuers(count: number): Identity[] {
  return Array.from({ length: count }, () => generateIdentity(systemRandom))
}

/** Attestations as agents issue them, by the issuers in turn. */
async function claims(by: readonly Identity[]): Promise<Claimed[]> {
  return Promise.all(
    Array.from({ length: COUNT }, async (_, index) => {
      const issuer = by[index % by.length] as Identity
      const claim = {
        net: systemRandom(32),
        iat: 1_800_000_000_000 + index,
        nonce: systemRandom(16),
        sub: systemRandom(32),
        ctx: 'tool/search',
        value: 800,
        weight: 2000,
        evidence: [systemRandom(32)],
        evidenceAt: 1_800_000_000_000 + index,
        exp: 1_815_000_000_000 + index,
        seq: 1_800_000_000_000 + index,
      }
      const { payload, signature } = await issuer.sign('attestation', claim)
      const { bytes } = await sealStatement(issuer, 'attestation', claim)
      return { did: issuer.did, claim, payload, signature, bytes }
    }),
  )
}
