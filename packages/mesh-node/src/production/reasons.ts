import { isIP } from 'node:net'
import { isAbsolute } from 'node:path'
import type { CertificateFault } from '../tls/certificate.ts'
import { type Facts, FIRST_TOKEN, type FileFact } from './facts.ts'

/** Why a node does not start in production, and what mends that. */
export interface Reason {
  /** Stable. */
  readonly code: ReasonCode
  readonly problem: string
  /** A command, or a line of the config. */
  readonly mend: string
}

/** Every way in which a node can be unfit for production. */
export type ReasonCode = keyof typeof RULES | CertificateFault

type Finding = Omit<Reason, 'code'>
type Rule = (facts: Facts) => readonly Finding[]

/** Everything that forbids production, in no particular order; nothing where a node is fit for it (threats P14, I16). */
export function reasonsAgainst(facts: Facts): Reason[] {
  const found = Object.entries(RULES).flatMap(([code, rule]) =>
    rule(facts).map((finding) => ({ code: code as keyof typeof RULES, ...finding })),
  )
  const cert = facts.config.tls?.cert ?? ''
  const faults = facts.certificateFaults.map((code) => ({ code, ...CERTIFICATES[code](cert) }))
  return [...found, ...faults]
}

/** One finding, where `isSo`. */
function when(isSo: boolean, problem: string, mend: string): readonly Finding[] {
  return isSo ? [{ problem, mend }] : []
}

const RULES = {
  'production.no-tls': ({ config: { tls, behindProxy } }) =>
    when(
      !tls && !behindProxy,
      'it listens without TLS, and no proxy is said to stand in front',
      'config: tls: {cert: /etc/trustmesh/cert.pem, key: /etc/trustmesh/key.pem}; or behindProxy: true',
    ),
  'production.admin-plaintext': ({ config: { admin, tls, behindProxy } }) =>
    when(
      !isLoopback(admin.host) && !tls && !behindProxy,
      `the admin API is on ${admin.host}, where tokens can be read on their way`,
      'config: admin: {host: 127.0.0.1}',
    ),
  'production.admin-hosts': ({ config: { admin } }) =>
    when(
      isWildcard(admin.host) && admin.hosts.length === 0,
      'the admin API is on every address, by no name that it knows',
      'config: admin: {hosts: [admin.mesh.example]}',
    ),
  'production.public-url': ({ config: { listen, publicUrl } }) =>
    when(
      isWildcard(listen.host) && publicUrl === null,
      'it listens on every address, and cannot tell agents which one to take',
      'config: publicUrl: wss://mesh.example',
    ),
  'production.public-url-plaintext': ({ config: { publicUrl } }) =>
    when(
      isPlainUrl(publicUrl) && !isLoopback(new URL(publicUrl).hostname),
      `agents are told to come to ${publicUrl}, without TLS`,
      'config: publicUrl: wss://mesh.example',
    ),
  'production.proxy-unnamed': ({ config: { behindProxy, trustProxy } }) =>
    when(
      behindProxy && trustProxy.length === 0,
      'all agents seem to come from the proxy, and share what one address may do',
      'config: trustProxy: [10.0.0.7/32]',
    ),
  'production.proxy-everyone': ({ config: { trustProxy } }) =>
    when(
      trustProxy.some((network) => network.endsWith('/0')),
      'anybody may say to come from any address',
      'config: trustProxy: [10.0.0.7/32]',
    ),
  'production.any-origin': ({ config: { allowedOrigins } }) =>
    allowedOrigins
      .filter((origin) => !/^https:\/\/[^*/]+$/.test(origin))
      .map((origin) => ({
        problem: `pages of the origin ${JSON.stringify(origin)} are nobody's, or come over plaintext`,
        mend: 'config: allowedOrigins: [https://app.example]',
      })),
  'production.webhooks-loopback': ({ config: { webhooks } }) =>
    when(
      webhooks.allowLoopback,
      'whoever adds a webhook reaches this machine from inside',
      'config: webhooks: {allowLoopback: false}',
    ),
  'production.second-operator': ({ config: { admin } }) =>
    when(
      admin.secondOperatorAbove >= 10_000,
      'one operator alone may cut off everybody',
      'config: admin: {secondOperatorAbove: 25}',
    ),
  'production.limits': ({ config: { limits } }) =>
    when(
      limits.maxUnauthenticatedPerAddress >= limits.maxUnauthenticated,
      'one address may take every place that there is for newcomers',
      `config: limits: {maxUnauthenticatedPerAddress: ${Math.max(1, Math.floor(limits.maxUnauthenticated / 8))}}`,
    ),
  'production.open-admission': ({ admission, config: { limits } }) =>
    when(
      admission === 'open' &&
        (limits.handshakesPerSecondPerAddress >= 10_000 ||
          limits.messagesPerSecondPerDid >= 100_000 ||
          limits.statementsPerSecondPerDid >= 10_000),
      'anybody may join, and is held to no rate',
      'config: limits: {handshakesPerSecondPerAddress: 200, messagesPerSecondPerDid: 1000, statementsPerSecondPerDid: 100}',
    ),
  'production.debug-log': ({ config: { log } }) =>
    when(log.level === 'debug', 'the log says who does what when', 'config: log: {level: info}'),
  'production.relative-path': ({ config: { dataDir, joinFile, tls } }) =>
    [dataDir, joinFile, ...(tls ? [tls.cert, tls.key] : [])]
      .filter((path) => !isAbsolute(path))
      .map((path) => ({ problem: `where ${path} is depends on who starts the node`, mend: 'config: a path from /' })),
  'production.no-mesh': ({ admission, config: { dataDir } }) =>
    when(
      admission === null,
      `${dataDir} has no mesh: a start would make one, with the key of its root beside the others`,
      'trustmesh init --root /media/safe; or trustmesh node join TOKEN',
    ),
  'production.no-passphrase': ({ hasPassphrase }) =>
    when(
      !hasPassphrase,
      'its keys would be kept in plaintext',
      'export TRUSTMESH_PASSPHRASE_FILE=/etc/trustmesh/passphrase',
    ),
  'production.passphrase-in-environment': ({ env }) =>
    when(
      Boolean(env['TRUSTMESH_PASSPHRASE']),
      'the passphrase is in the environment, which child processes, crash dumps and ps may show',
      'unset TRUSTMESH_PASSPHRASE; export TRUSTMESH_PASSPHRASE_FILE=/etc/trustmesh/passphrase',
    ),
  'production.passphrase-file': ({ passphraseFile }) => tooOpen(passphraseFile ? [passphraseFile] : [], 0o077),
  'production.plaintext-key': ({ plaintextKeys }) =>
    plaintextKeys.map((path) => ({
      problem: `${path} is a key in plaintext`,
      mend: `age --encrypt --passphrase --output ${path.replace(/pem$/, 'age')} ${path} && shred --remove ${path}`,
    })),
  'production.root-key': ({ rootKeys }) =>
    rootKeys.map((path) => ({
      problem: `${path} is the key of the mesh's root, which no node needs: whoever breaks in here owns the mesh`,
      mend: `mv ${path} /media/safe/, off this machine`,
    })),
  'production.first-token': ({ tokens }) =>
    when(
      tokens.includes(FIRST_TOKEN),
      `the token "${FIRST_TOKEN}" was shown on the output of the first start, and is nobody's own`,
      `sign in as yourself, then trustmesh token revoke ${FIRST_TOKEN}; or, with the node stopped, take it out of tokens.json`,
    ),
  'production.permissions': ({ dataFiles }) => tooOpen(dataFiles, 0o077),
  'production.config-permissions': ({ configFile }) => tooOpen(configFile ? [configFile] : [], 0o022),
  'production.tls-key-permissions': ({ tlsKey }) => tooOpen(tlsKey ? [tlsKey] : [], 0o027),
  'production.writable-folder': ({ foldersAbove }) =>
    foldersAbove
      // Where the sticky bit is set, as on /tmp, only the owner of an entry may replace it.
      .filter(({ mode }) => (mode & 0o002) !== 0 && (mode & 0o1000) === 0)
      .map(({ path }) => ({ problem: `anybody may replace what is in ${path}`, mend: `chmod o-w ${path}` })),
  'production.volatile-data': ({ isVolatile, config: { dataDir } }) =>
    when(
      isVolatile,
      `${dataDir} is gone when the machine stops, and revocations with it`,
      'config: dataDir: /var/lib/trustmesh',
    ),
  'production.superuser': ({ uid }) =>
    when(
      uid === 0,
      'it runs as root, which it needs for nothing',
      'useradd --system trustmesh; User=trustmesh in the unit',
    ),
  'production.unverified-tls': ({ env }) =>
    when(
      env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0',
      'certificates of others are not looked at',
      'unset NODE_TLS_REJECT_UNAUTHORIZED; NODE_EXTRA_CA_CERTS names a private authority',
    ),
  'production.old-tls': flagged(/^--tls-min-v1\.[01]$/, 'TLS is taken that has been broken'),
  'production.lenient-http': flagged(/^--insecure-http-parser$/, 'requests can be smuggled past a proxy'),
  'production.inspector': flagged(/^--inspect\b/, 'whoever reaches the inspector reads every key'),
  'production.clock': ({ nowMs, writtenAtMs }) =>
    when(
      nowMs < FIRST_RELEASE_MS || (writtenAtMs !== null && nowMs < writtenAtMs - CLOCK_SLACK_MS),
      'the clock is behind what has been: what has expired would be in force again',
      'timedatectl set-ntp true',
    ),
} satisfies Record<string, Rule>

const CERTIFICATES: Readonly<Record<CertificateFault, (cert: string) => Finding>> = {
  'tls.expired': (cert) => ({
    problem: `${cert} has expired`,
    mend: `renew it: openssl x509 -enddate -noout -in ${cert}`,
  }),
  'tls.not-yet-valid': (cert) => ({
    problem: `${cert} is not valid yet, or the clock is behind`,
    mend: `openssl x509 -startdate -noout -in ${cert}; date`,
  }),
  'tls.key-mismatch': (cert) => ({
    problem: `the key is not that of ${cert}`,
    mend: 'config: tls: {key: …}, the key with which the certificate was asked for',
  }),
  'tls.unreadable': (cert) => ({
    problem: `${cert} or its key cannot be read`,
    mend: `openssl x509 -noout -in ${cert}`,
  }),
  'tls.weak-key': (cert) => ({
    problem: `the key of ${cert} is too weak`,
    mend: 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem, and ask for a certificate anew',
  }),
}

/** Every code that {@link reasonsAgainst} may give. */
export const REASON_CODES: readonly string[] = [...Object.keys(RULES), ...Object.keys(CERTIFICATES)]

/** When the first release was made: no clock is earlier. */
const FIRST_RELEASE_MS = Date.UTC(2026, 0, 1)
const CLOCK_SLACK_MS = 300_000

function flagged(flag: RegExp, problem: string): Rule {
  return ({ nodeFlags }) =>
    nodeFlags.filter((it) => flag.test(it)).map((it) => ({ problem, mend: `start without ${it}, in NODE_OPTIONS too` }))
}

function tooOpen(files: readonly FileFact[], forbidden: number): readonly Finding[] {
  return files
    .filter(({ mode }) => (mode & forbidden) !== 0)
    .map(({ path, mode, isFolder }) => {
      const kept = (mode & ~forbidden & 0o777) | (isFolder ? 0o700 : 0o600)
      return { problem: `others may get at ${path}`, mend: `chmod ${kept.toString(8)} ${path}` }
    })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'))
}

function isPlainUrl(url: string | null): url is string {
  return url?.startsWith('ws:') === true
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || host === ''
}
