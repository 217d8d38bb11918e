import type { Did } from '@trustmesh/identity'
import { type Lease, parseLease } from '../statements/lease.ts'
import { type Place, uncontested } from './shelf.ts'
import { StatementIndex } from './statement-index.ts'

/** The latest lease of each agent. */
export class LeaseIndex extends StatementIndex<Lease> {
  protected override readonly parse = parseLease

  constructor() {
    super(() => 1)
  }

  of(did: Did): Lease | null {
    return uncontested(this.kept(did, ''))
  }

  protected override placeOf({ seq }: Lease): Place {
    return { slot: '', seq }
  }

  protected override touch(): void {}
}
