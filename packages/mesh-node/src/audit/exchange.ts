import type { Did } from '@trustmesh/identity'
import { type Frame, type FrameOf, ProtocolError } from '@trustmesh/protocol'
import type { Cosigning } from './cosigning.ts'
import type { Witness } from './witness.ts'

/** What is said of audit logs over a link. */
export type AuditFrame = FrameOf<'checkpoint' | 'cosigned' | 'witnessed'>

/** What an exchange sees of a link with another node. */
export interface AuditLink {
  readonly did: Did
  readonly isOpen: boolean
  push(frame: Frame): void
}

/** Members show each other their audit logs, and confirm what they have seen: `docs/spec/audit.md`, AU-50 onwards. */
export class AuditExchange {
  readonly #links = new Set<AuditLink>()
  readonly #cosigning: Cosigning
  readonly #witness: Witness

  constructor(cosigning: Cosigning, witness: Witness) {
    this.#cosigning = cosigning
    this.#witness = witness
    cosigning.start(this.#links)
    witness.start(this.#links)
  }

  /** A link is open. */
  greet(link: AuditLink): void {
    this.#links.add(link)
    this.#witness.greet(link)
    this.#cosigning.greet(link)
  }

  lost(link: AuditLink): void {
    this.#links.delete(link)
    this.#cosigning.lost(link)
  }

  /** Throws {@link ProtocolError} `frame.malformed` where no honest node says that. */
  receive(frame: AuditFrame, link: AuditLink): void {
    switch (frame.type) {
      case 'checkpoint':
        return this.#witness.take(frame, link)
      case 'cosigned':
        return this.#cosigning.answered(frame, link)
      case 'witnessed':
        return this.#witness.hear(frame, link)
      default:
        throw new ProtocolError('frame.unexpected')
    }
  }
}
