import type { Did } from '@trustmesh/identity'
import type { Frame, FrameOf } from '@trustmesh/protocol'
import type { Link } from '../src/links/link.ts'

/** A link that goes nowhere: what is sent over it is the test's to answer. */
export class RecordedLink {
  readonly did: Did
  readonly opener: Did
  readonly sent: Frame[] = []
  isOpen = true

  constructor(did: Did) {
    this.did = did
    this.opener = did
  }

  /** As what it stands in for. */
  get link(): Link {
    return this as unknown as Link
  }

  /** What has been sent since somebody asked, of one type. */
  take<T extends Frame['type']>(type: T): FrameOf<T>[] {
    return this.sent.splice(0).filter((frame): frame is FrameOf<T> => frame.type === type)
  }

  push(frame: Frame): void {
    this.sent.push(frame)
  }

  hasRoom(): boolean {
    return true
  }

  ask(ids: readonly Uint8Array[]): void {
    this.push({ type: 'want', ids: [...ids] })
  }

  askTold(ids: readonly Uint8Array[]): void {
    this.ask(ids)
  }

  announce(id: Uint8Array): void {
    this.push({ type: 'have', ids: [id] })
  }

  close(): void {
    this.isOpen = false
  }
}
