import { IdentityError } from './identity-error.ts'
import {
  decodeStatement,
  type ProvenEnvelope,
  parseEnvelope,
  proveEnvelopeSoon,
  type Statement,
  type Verified,
} from './statement.ts'

/** The turns of an event loop. */
export interface Turns {
  /** Milliseconds that never run backwards. */
  monotonic(): number
  /** Resolves in a turn to come, when others have had theirs. */
  next(): Promise<unknown>
}

type OrError<T> = T | IdentityError

/** Signatures under way at once: enough that no thread of the pool waits for this one, few enough that a disk gets its turn. */
const DEPTH = 64
/** How long the event loop is kept from everything else. */
const SLICE_MS = 4

/**
 * Opens many envelopes, each with the verdict of `openStatement`, in the order in which they are given. Signatures are
 * verified off this thread where the platform has others; the rest is done here, a few milliseconds of a turn. Never rejects.
 */
export async function openInTurns(
  envelopes: readonly Uint8Array[],
  turns: Turns,
): Promise<OrError<Verified<Statement>>[]> {
  const opened: OrError<Verified<Statement>>[] = []
  const underWay: Promise<OrError<Verified<ProvenEnvelope>>>[] = []
  let since = turns.monotonic()
  while (opened.length < envelopes.length) {
    const next = envelopes[opened.length + underWay.length]
    if (next) underWay.push(provenSoon(next))
    if (!next || underWay.length === DEPTH) {
      const proven = await (underWay.shift() as (typeof underWay)[number])
      opened.push(proven instanceof IdentityError ? proven : orError(() => decodeStatement(proven)))
    }
    if (turns.monotonic() - since < SLICE_MS) continue
    await turns.next()
    since = turns.monotonic()
  }
  return opened
}

async function provenSoon(bytes: Uint8Array): Promise<OrError<Verified<ProvenEnvelope>>> {
  try {
    return await proveEnvelopeSoon(parseEnvelope(bytes))
  } catch (error) {
    return asError(error)
  }
}

function orError<T>(make: () => T): OrError<T> {
  try {
    return make()
  } catch (error) {
    return asError(error)
  }
}

function asError(error: unknown): IdentityError {
  return error instanceof IdentityError ? error : new IdentityError('statement.malformed', { cause: error })
}
