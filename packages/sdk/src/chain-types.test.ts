import type { Did } from '@trustmesh/identity'
import { describe, expectTypeOf, it } from 'vitest'
import { Chain } from './chain.ts'
import type { Mesh } from './mesh.ts'

type Lent<Can extends string> = Promise<Chain<Can>>

/** What is said of types is checked where types are: none of this runs. */
const notRun = (
  _: (mesh: Mesh, to: Did, tool: Chain<'/tool'>, search: Chain<'/tool/search'>, any: Chain) => unknown,
): void => {}

describe('the type of a chain', () => {
  it('D1 cannot be widened', () => {
    notRun((mesh, to, tool, search) => [
      // @ts-expect-error The root of all is above it.
      mesh.delegate(to, { can: '/', from: tool }),
      // @ts-expect-error Only begins like it.
      mesh.delegate(to, { can: '/tools', from: tool }),
      // @ts-expect-error Stands beside it.
      mesh.delegate(to, { can: '/mail/send', from: tool }),
      // @ts-expect-error Of one that has been narrowed already.
      mesh.delegate(to, { can: '/tool', from: search }),
    ])
  })

  it('D1 cannot be that of a wider one', () => {
    expectTypeOf<Chain<'/tool'>>().not.toExtend<Chain<'/tool/search'>>()
    expectTypeOf<Chain>().not.toExtend<Chain<'/tool'>>()
  })

  it('is a class of its own: no array of envelopes is one', () => {
    expectTypeOf<readonly Uint8Array[]>().not.toExtend<Chain>()
    notRun((mesh, to, tool) => [
      // @ts-expect-error Its links, or its text, are what is sent.
      mesh.send(to, 'lend', tool),
      mesh.send(to, 'lend', tool.links),
      mesh.send(to, 'lend', `${tool}`),
    ])
  })

  it('is what it was delegated for', () => {
    notRun((mesh, to, tool) => {
      expectTypeOf(mesh.delegate(to, { can: '/tool' })).toEqualTypeOf<Lent<'/tool'>>()
      expectTypeOf(mesh.delegate(to, { can: '/tool', from: tool })).toEqualTypeOf<Lent<'/tool'>>()
      expectTypeOf(mesh.delegate(to, { can: '/tool/search', from: tool })).toEqualTypeOf<Lent<'/tool/search'>>()
      expectTypeOf(tool.can).toEqualTypeOf<'/tool'>()
    })
  })

  it('says nothing where what it is for was not known, and lets be tried what then may be refused', () => {
    notRun((mesh, to, _, __, any) => {
      expectTypeOf(mesh.delegate(to, { can: '/tool', from: any })).toEqualTypeOf<Lent<'/tool'>>()
      expectTypeOf(mesh.delegate(to, { can: '/tool' as string })).toEqualTypeOf<Lent<string>>()
      expectTypeOf(Chain.from([])).toEqualTypeOf<Chain>()
      expectTypeOf(Chain.parse('')).toEqualTypeOf<Chain>()
    })
  })

  it('is good wherever any chain is', () => {
    expectTypeOf<Chain<'/tool'>>().toExtend<Chain>()
  })
})
