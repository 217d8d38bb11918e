import type { Did } from '@trustmesh/identity'
import type { Description } from './description.ts'

/** Something that this agent has come to see of the others. */
export type MeshEvent =
  /** An agent that it had not seen before, and how that describes itself if it does. */
  | { readonly type: 'agent.first-seen'; readonly did: Did; readonly manifest?: Description }
  /**
   * An agent describes itself otherwise than it did; `null` where not at all any more. Until `mesh.approve` it is denied
   * whatever does not require `manifest: 'any'`.
   */
  | {
      readonly type: 'manifest.drift'
      readonly did: Did
      readonly before: Description | null
      readonly after: Description | null
    }
