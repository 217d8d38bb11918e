import { IdentityError } from '@trustmesh/identity'
import { TrustError } from '@trustmesh/trust'
import { type DestinationStream, pino } from 'pino'
import { NodeError } from './node-error.ts'

/** Where a node says what its operator should know. */
export interface NodeLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface LogOptions {
  readonly level?: 'debug' | 'info' | 'warn' | 'error'
  /** stderr unless told otherwise. */
  readonly to?: DestinationStream
}

const MAX_TEXT = 256
const MAX_ITEMS = 100
const MAX_FRAMES = 12
const MAX_CAUSES = 3
/** Errors whose messages are ours, and never repeat what came from elsewhere. */
const OURS = [NodeError, IdentityError, TrustError]

/**
 * A log in lines of JSON. A field gets through where it is known and looks as it should, and what is known holds no secret:
 * what anybody adds without thinking of it is left out, and counted in `omitted` (threats A9, P13).
 */
export function createLog({ level = 'info', to = pino.destination(2) }: LogOptions = {}): NodeLog & Fatal {
  // The library's own reading of errors would say all that they say.
  return pino({ name: 'trustmesh-node', level, formatters: { log: knownOf }, serializers: { err: (read) => read } }, to)
}

/** For what ends a process. */
export interface Fatal {
  fatal(fields: object, message: string): void
}

type Reading = (value: unknown) => unknown

const number: Reading = (value) => (typeof value === 'number' ? value : undefined)
const matching =
  (pattern: RegExp): Reading =>
  (value) =>
    typeof value === 'string' && value.length <= MAX_TEXT && pattern.test(value) ? value : undefined
const code = matching(/^[a-z0-9.-]{1,64}$/)
const name = matching(/^[a-zA-Z0-9._-]{1,64}$/)
const path = matching(/^[\x20-\x7e]+$/)
const did = matching(/^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}$/)

/** Every field there is, and what it may be. */
const FIELDS: Readonly<Record<string, Reading>> = {
  attempts: number,
  code,
  count: number,
  did,
  err: (value) => errorOf(value),
  event: name,
  faults: (value) => (Array.isArray(value) ? value.slice(0, MAX_ITEMS).map(faultOf) : undefined),
  id: matching(/^[A-Za-z0-9_-]{1,64}$/),
  keys: path,
  node: did,
  notAfterMs: number,
  path,
  signal: matching(/^SIG[A-Z0-9]+$/),
  status: number,
}

function knownOf(fields: Record<string, unknown>): Record<string, unknown> {
  const read = Object.entries(fields).map(([key, value]) => {
    const reading = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined
    return [key, reading?.(value)] as const
  })
  const known = read.filter(([, value]) => value !== undefined)
  const omitted = read.length - known.length
  return { ...Object.fromEntries(known), ...(omitted > 0 && { omitted }) }
}

function faultOf(fault: unknown): unknown {
  return typeof fault === 'object' && fault !== null && 'code' in fault ? code(fault.code) : code(fault)
}

/** What an error is and where it happened. Of others' errors not what they say: they quote what they were given. */
function errorOf(error: unknown, depth = 0): object | undefined {
  if (!(error instanceof Error)) return undefined
  const isOurs = OURS.some((kind) => error instanceof kind)
  const cause = depth < MAX_CAUSES ? errorOf(error.cause, depth + 1) : undefined
  const errors = error instanceof AggregateError && depth < MAX_CAUSES ? error.errors : []
  return {
    type: name(error.name) ?? 'Error',
    code: 'code' in error ? matching(/^[A-Za-z0-9._-]+$/)(error.code) : undefined,
    ...(isOurs && { message: error.message }),
    at: framesOf(error),
    ...(cause && { cause }),
    ...(errors.length > 0 && { errors: errors.slice(0, MAX_ITEMS).map((it) => errorOf(it, depth + 1)) }),
  }
}

/** Where it happened, without the message that stands above: where that cannot be told apart, nothing. */
function framesOf({ stack = '', message }: Error): string[] {
  const at = stack.indexOf(message)
  if (at === -1) return []
  const frames = stack.slice(at + message.length).split('\n')
  return frames
    .filter((line) => /^ {4}at /.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim())
}
