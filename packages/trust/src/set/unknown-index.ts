import type { Statement, Verified } from '@trustmesh/identity'
import type { Place, Signed } from './shelf.ts'
import { StatementIndex } from './statement-index.ts'

interface Unknown extends Signed {
  readonly seq: number
}

/**
 * Statements of later versions: kept and passed on without effect, so that mixed versions do not split a mesh. The name
 * of a type is its issuer's to choose, so all that we do not know share one bound; and when they end is not ours to say.
 */
export class UnknownIndex extends StatementIndex<Unknown> {
  override readonly outlivesIssuer = true
  protected override readonly lifeMs = Number.POSITIVE_INFINITY

  protected override readonly parse = parseUnknown

  protected override placeOf({ id, seq }: Unknown): Place {
    return { slot: id, seq }
  }

  protected override touch(): void {}
}

function parseUnknown({ id, signer, claim: { seq, iat } }: Verified<Statement>): Unknown {
  return { id, iss: signer, seq: Number.isSafeInteger(seq) ? (seq as number) : iat }
}
