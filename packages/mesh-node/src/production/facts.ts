import type { NodeConfig } from '../config.ts'
import type { Admission } from '../mesh.ts'
import type { CertificateFault } from '../tls/certificate.ts'

/** The name of the token that a first start makes, and shows on its output. */
export const FIRST_TOKEN = 'operator'

/** A file or a folder that is there. */
export interface FileFact {
  readonly path: string
  readonly isFolder: boolean
  /** Permission bits. */
  readonly mode: number
}

/** What there is round a node that is about to start: everything on which production depends, and nothing decided yet. */
export interface Facts {
  readonly config: NodeConfig
  /** Unix ms. */
  readonly nowMs: number
  /** `null` where the system has no such thing. */
  readonly uid: number | null
  readonly env: Readonly<Record<string, string | undefined>>
  /** What Node.js itself was told, on its command line and by the environment. */
  readonly nodeFlags: readonly string[]
  readonly hasPassphrase: boolean
  readonly passphraseFile: FileFact | null
  readonly configFile: FileFact | null
  readonly tlsKey: FileFact | null
  readonly certificateFaults: readonly CertificateFault[]
  /** The data folder, and what in it belongs to the node alone. */
  readonly dataFiles: readonly FileFact[]
  /** Every folder above the data folder. */
  readonly foldersAbove: readonly FileFact[]
  /** Paths of keys that anybody can use who can read them. */
  readonly plaintextKeys: readonly string[]
  /** Paths of keys of the mesh's root, sealed or not. */
  readonly rootKeys: readonly string[]
  /** Names of the static tokens of the admin API. */
  readonly tokens: readonly string[]
  /** Who may join, where the folder has a mesh. */
  readonly admission: Admission | null
  /** Whether the data folder is gone when the machine stops. */
  readonly isVolatile: boolean
  /** When the data folder was written to last, Unix ms. */
  readonly writtenAtMs: number | null
}
