import { describe, expect, it } from 'vitest'
import { MeshError, type MeshErrorCode } from '../mesh-error.ts'
import { type Outcome, outcomeOf } from './outcome.ts'

describe(outcomeOf, () => {
  it.each<MeshErrorCode>([
    'mesh.closed',
    'mesh.disconnected',
    'message.interrupted',
    'message.recipient-offline',
    'message.recipient-unknown',
    'message.too-big',
    'request.aborted',
    'request.no-handler',
  ])('M12 says nothing of who was asked for %s', (code) => {
    expect(outcomeOf(new MeshError(code))).toBeNull()
  })

  it('says nothing of who was asked for what is no error of a mesh', () => {
    for (const thrown of [new TypeError('x'), 'request.failed', { code: 'request.failed' }, null, undefined]) {
      expect(outcomeOf(thrown)).toBeNull()
    }
  })

  it.each<[MeshErrorCode, Outcome]>([
    ['request.failed', 'failure'],
    ['request.timeout', 'timeout'],
    ['request.denied', 'denied'],
  ])('makes %s a %s', (code, outcome) => {
    expect(outcomeOf(new MeshError(code))).toBe(outcome)
  })
})
