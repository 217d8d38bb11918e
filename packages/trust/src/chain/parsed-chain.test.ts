import { describe, expect, it } from 'vitest'
import { alice, codeOf, net } from '../../test/cast.ts'
import { FAULTS } from '../../test/faults.ts'
import { crowd, dave, plot, sealChain } from '../../test/plot.ts'
import { CHAIN_CODES, type ChainCheck } from './chain-fault.ts'
import { parseChain } from './parsed-chain.ts'

/** What links can be found to be by themselves: no clock, no executor, nobody who asks. */
const OWN: readonly ChainCheck[] = [
  ...(['size', 'envelope', 'type', 'key', 'signature', 'decode', 'net', 'parent', 'root', 'issuer', 'depth'] as const),
  'capability',
]
const own: readonly string[] = [...OWN.flatMap((check) => CHAIN_CODES[check]), 'chain.window']

describe(parseChain, () => {
  it.each(FAULTS.filter(([code]) => own.includes(code)))('D1, D3, D8 refuses links with %s', async (code, spoil) => {
    for (const at of [1, 2]) {
      const told = plot()
      spoil(told, at)
      const { envelopes } = await sealChain(told)
      expect(await codeOf(() => parseChain(envelopes))).toBe(code)
    }
  })

  it.each(FAULTS.filter(([code]) => !own.includes(code)))('has no opinion of %s', async (_, spoil) => {
    const told = plot()
    spoil(told, 1)
    const { envelopes, ids } = await sealChain(told)
    expect(parseChain(envelopes).map(({ id }) => id)).toEqual(ids)
  })

  it('D8 refuses the end of a chain without its beginning, and a chain of nothing', async () => {
    const told = plot()
    const { envelopes } = await sealChain(told)
    expect(await codeOf(() => parseChain(envelopes.slice(1)))).toBe('chain.parent')
    expect(await codeOf(() => parseChain([]))).toBe('chain.length')
  })

  it.each([[null], [undefined], [1], ['x'], [{}], [new Uint8Array(3)], [[null]], [['x']], [[[]]], [Array(2)]])(
    'S18 refuses %j, which is no array of envelopes',
    async (input) => {
      expect(await codeOf(() => parseChain(input))).toBe('chain.envelope')
    },
  )

  it('opens as many links as a chain takes', async () => {
    const links = parseChain((await sealChain(plot([alice, ...crowd.slice(0, 9), dave]))).envelopes)
    expect(links).toHaveLength(10)
    expect(links[0]).toMatchObject({ iss: alice.did, root: alice.did, net })
    expect(links.at(-1)).toMatchObject({ aud: dave.did, depth: 0 })
    expect(Object.isFrozen(links[0])).toBe(true)
  })
})
