/** What a look at one thing has shown. */
export interface Finding {
  /** What was looked at; stable. */
  readonly check:
    | 'api'
    | 'clock'
    | 'config'
    | 'disk'
    | 'keys'
    | 'mesh'
    | 'peers'
    | 'port'
    | 'ready'
    | 'staleness'
    | 'store'
    | 'version'
  /** A `fault` has to be mended; a `warning` will be one some day. */
  readonly state: 'ok' | 'warning' | 'fault'
  readonly detail: string
  /** The command that mends it. */
  readonly fix?: string
}
