import type { Metrics } from '@trustmesh/mesh-node'

/** Counts nothing: for nodes by the thousand. */
export const SILENT_METRICS: Metrics = {
  contentType: 'text/plain',
  sessionOpened: () => {},
  sessionClosed: () => {},
  handshake: () => {},
  frameRefused: () => {},
  message: () => {},
  statement: () => {},
  revocation: () => {},
  certificateEnds: () => {},
  event: () => {},
  watchChecks: () => {},
  watchWebhooks: () => {},
  webhook: () => {},
  text: async () => '',
}
