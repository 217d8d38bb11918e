/** The types of frames of which nearly all are: what their schemas say, in so many words, which takes a tenth of the time. */

import { LIMITS } from '../limits.ts'
import { isBytes, isDidKey, isStableCode } from './fields.ts'
import { isCoherent, isSayKind, type Said, TRACE } from './peer-frames.ts'

/** Fields of which nothing is known yet. */
type Unread = Readonly<Record<string, unknown>>
type Guard = (fields: unknown) => fields is object

/** By type; they take exactly what the schema of that type takes. */
export const GUARDS: Readonly<Record<string, Guard | undefined>> = {
  ack: closed(
    ['re', 'code'],
    ({ re, code }) => (isBytes(re, 16) || isBytes(re, 32)) && (code === undefined || isStableCode(code)),
  ),
  heard: closed(['n'], ({ n }) => isInteger(n, 0)),
  message: closed(
    ['id', 'to', 'from', 'body'],
    ({ id, to, from, body }) =>
      isBytes(id, 16) && isDidKey(to) && (from === undefined || isDidKey(from)) && isBytes(body, 0, LIMITS.bodyBytes),
  ),
  say: closed(['n', 'kind', 're', 'more', 'grant', 'receipt', 'calls', 'trace', 'body'], isSay),
}

function isSay(fields: Unread): boolean {
  const { n, kind, re, more, grant, receipt, calls, trace, body } = fields
  return (
    isInteger(n, 1) &&
    isSayKind(kind) &&
    (re === undefined || isInteger(re, 1)) &&
    (more === undefined || more === true) &&
    (grant === undefined || isInteger(grant, 1, LIMITS.grant)) &&
    (receipt === undefined || isBytes(receipt, 1, LIMITS.receiptBytes)) &&
    (calls === undefined || isInteger(calls, 0)) &&
    (trace === undefined || (typeof trace === 'string' && TRACE.test(trace))) &&
    isBytes(body, 0, LIMITS.sayBytes) &&
    isCoherent(fields as unknown as Said)
  )
}

/** No other fields than these, and of these what `holds` asks. */
function closed(names: readonly string[], holds: (fields: Unread) => boolean): Guard {
  const known: ReadonlySet<string> = new Set(names)
  return (fields): fields is object => {
    if (typeof fields !== 'object' || fields === null) return false
    for (const name in fields) if (!known.has(name)) return false
    return holds(fields as Unread)
  }
}

function isInteger(value: unknown, min: number, max: number = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
}
