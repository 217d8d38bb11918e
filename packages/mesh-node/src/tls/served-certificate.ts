import { stat } from 'node:fs/promises'
import type { Server } from 'node:tls'
import type { Clock } from '@trustmesh/identity'
import { NodeError } from '../node-error.ts'
import type { Timers } from '../timers.ts'
import { type Certificate, readCertificate } from './certificate.ts'

export interface ServedCertificateOptions {
  readonly files: { readonly cert: string; readonly key: string }
  readonly clock: Clock
  readonly timers: Timers
  /** Told of each certificate that is served, the first one too. */
  readonly served: (certificate: Certificate) => void
  /** Told of one that came into the place of a good one, which goes on being served. */
  readonly refused: (faults: readonly string[]) => void
}

/** What servers of TLS are made with: nothing older than TLS 1.2 (RFC 8996). */
export interface TlsOptions {
  readonly cert: Buffer
  readonly key: Buffer
  readonly minVersion: 'TLSv1.2'
}

/** How often the files are looked at: what renews certificates replaces them some day, and tells nobody. */
const LOOK_MS = 1_000

/** The certificate of a node. One that replaces it on disk is served to whoever connects from then on, unless it is broken. */
export class ServedCertificate {
  readonly #options: ServedCertificateOptions
  readonly #servers = new Set<Server>()
  #certificate: Certificate
  #seen: string
  #cancelLook: () => void = () => {}
  #isClosed = false

  /** Rejects with {@link NodeError} `tls.invalid` where something is wrong with it. */
  static async open(options: ServedCertificateOptions): Promise<ServedCertificate> {
    const { files, clock } = options
    const seen = await lookOf(files)
    const { certificate, faults } = await readCertificate(files, clock.now())
    if (!certificate) throw new NodeError('tls.invalid', { detail: `${files.cert}: ${faults.join(', ')}` })
    return new ServedCertificate(options, certificate, seen)
  }

  private constructor(options: ServedCertificateOptions, certificate: Certificate, seen: string) {
    this.#options = options
    this.#certificate = certificate
    this.#seen = seen
    options.served(certificate)
    this.#lookLater()
  }

  /** For a server that is about to be made; hand that to {@link serveOn} then. */
  get options(): TlsOptions {
    const { cert, key } = this.#certificate
    return { cert, key, minVersion: 'TLSv1.2' }
  }

  serveOn(server: Server): void {
    this.#servers.add(server)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelLook()
  }

  #lookLater(): void {
    if (this.#isClosed) return
    this.#cancelLook = this.#options.timers.after(LOOK_MS, () => void this.#look().finally(() => this.#lookLater()))
  }

  async #look(): Promise<void> {
    const { files, clock, served, refused } = this.#options
    const seen = await lookOf(files)
    if (seen === this.#seen) return
    const { certificate, faults } = await readCertificate(files, clock.now())
    // Replaced while it was read: the next look has it whole.
    if (this.#isClosed || seen !== (await lookOf(files))) return
    this.#seen = seen
    if (!certificate) return refused(faults)
    this.#certificate = certificate
    // Sessions go on under the old one; only handshakes see the difference.
    for (const server of this.#servers) server.setSecureContext(this.options)
    served(certificate)
  }
}

/** Differs when one of the files has been replaced or written to. */
async function lookOf({ cert, key }: { readonly cert: string; readonly key: string }): Promise<string> {
  const looks = await Promise.all([cert, key].map((path) => stat(path, { bigint: true }).catch(() => null)))
  return looks.map((it) => (it ? `${it.dev}:${it.ino}:${it.size}:${it.mtimeNs}` : 'gone')).join()
}
