import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createLog, type NodeLog } from './log.ts'
import { NodeError } from './node-error.ts'

const SECRET = 'tmop_hunter2'

/** What a log has written. */
function written(write: (log: NodeLog) => void): string[] {
  const lines: string[] = []
  const to = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk))
      done()
    },
  })
  write(createLog({ to }))
  return lines
}

function fieldsOf(fields: object): Record<string, unknown> {
  const [line = ''] = written((log) => log.error(fields, 'something'))
  const { level, time, pid, hostname, name, msg, ...own } = JSON.parse(line)
  expect(msg).toBe('something')
  return own
}

describe(createLog, () => {
  it('A9 lets through no field that it does not know', () => {
    const fields = { count: 3, token: SECRET, authorization: SECRET, body: { token: SECRET }, toString: SECRET }
    expect(fieldsOf(fields)).toEqual({ count: 3, omitted: 4 })
  })

  it('A9 lets through no known field that looks like something else', () => {
    const fields = { count: SECRET, code: `x ${SECRET}`, did: SECRET, faults: [SECRET, { code: SECRET, key: SECRET }] }
    expect(JSON.stringify(fieldsOf(fields))).not.toContain(SECRET)
    expect(fieldsOf({ code: 'store.failed', faults: [{ code: 'store.count', key: '00' }], err: SECRET })).toEqual({
      code: 'store.failed',
      faults: ['store.count'],
      omitted: 1,
    })
  })

  it('P13 says what others’ errors are and where they happened, and not what they quote', () => {
    const quoting = new SyntaxError(`Unexpected token in "${SECRET}"\n    at ${SECRET} (file.js:1:1)`)
    const error = new Error(SECRET, { cause: new AggregateError([quoting], SECRET) })
    const { err } = fieldsOf({ err: error })
    expect(JSON.stringify(err)).not.toContain(SECRET)
    expect(err).toMatchObject({
      type: 'Error',
      at: expect.arrayContaining([expect.stringContaining('log.test.ts')]),
      cause: { type: 'AggregateError', errors: [{ type: 'SyntaxError' }] },
    })
  })

  it('P13 takes no stack for its own whose message has been changed', () => {
    const error = new Error(SECRET)
    expect(error.stack).toContain(SECRET)
    error.message = 'something else'
    expect(fieldsOf({ err: error })).toEqual({ err: { type: 'Error', at: [] } })
  })

  it('says what our own errors say', () => {
    const err = new NodeError('store.failed', { cause: Object.assign(new Error(SECRET), { code: 'ENOSPC' }) })
    expect(fieldsOf({ err })).toMatchObject({
      err: { type: 'NodeError', code: 'store.failed', message: 'store.failed', cause: { code: 'ENOSPC' } },
    })
  })

  it('A7 keeps each entry on one line', () => {
    expect(written((log) => log.info({ path: 'a\nb' }, 'x\n{"level":60}'))).toEqual([
      expect.stringMatching(/^[^\n]*\n$/),
    ])
  })
})
