import fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { NodeError } from '../node-error.ts'
import { requireContracts } from './serve.ts'

describe(requireContracts, () => {
  it('P1 lets no route register that does not say who may use it', () => {
    const app = fastify()
    requireContracts(app)
    expect(() => app.get('/open', async () => 'for everybody')).toThrow(NodeError)
  })
})
