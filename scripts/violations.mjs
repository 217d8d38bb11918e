/** What `prove-walls.mjs` tries: files that break one rule each, and files that break none. */

/** A package that no manifest declares, and one that manifests declare for tests only. */
export const undeclared = 'left-pad'
export const developmentOnly = 'only-for-tests'

const core = 'The pure core'
const otherPackage = 'A package is imported by its name'
const toldTime = 'Whoever runs this tells the time'
const wall = (module, why) => ({ code: `import { x } from '${module}'\n\nexport const y = x\n`, why })
const ambient = (code, why) => ({ code: `${code}\n`, why })

/** Each file breaks one rule: `why` is the start of the plugin's message, `rule` a rule of Biome's own. */
export const violations = {
  // The arrows between packages.
  'packages/identity/src/arrow.ts': wall('@trustmesh/trust', 'identity imports no other package'),
  'packages/identity/src/arrow.test.ts': wall('@trustmesh/trust', 'identity imports no other package'),
  'packages/trust/src/arrow.ts': wall('@trustmesh/protocol', 'trust imports identity only'),
  'packages/protocol/src/arrow.ts': wall('@trustmesh/sdk', 'protocol imports identity and trust only'),
  'packages/audit/src/arrow.ts': wall('@trustmesh/protocol', 'audit imports identity and trust only'),
  'packages/mesh-node/src/arrow.ts': wall('@trustmesh/sdk', 'mesh-node imports'),
  'packages/sdk/src/arrow.ts': wall('@trustmesh/mesh-node', 'sdk imports'),
  'packages/sdk/src/arrow-to-audit.ts': wall('@trustmesh/audit', 'sdk imports'),
  'packages/mesh-node/src/arrow-to-testing.ts': wall('@trustmesh/testing', 'mesh-node imports'),
  'packages/cli/src/arrow.ts': wall('@trustmesh/protocol', 'cli imports'),
  'packages/simulator/src/arrow.ts': wall('@trustmesh/cli', 'simulator imports the packages that run'),
  'packages/testing/src/arrow.ts': wall('@trustmesh/simulator', 'testing imports the packages that run'),
  'packages/sdk/src/arrow-of-a-type.ts': {
    code: "export type Node = import('@trustmesh/mesh-node').Node\n",
    why: 'sdk imports',
  },
  'packages/sdk/src/arrow-at-run-time.ts': {
    code: "export const node: unknown = await import('@trustmesh/mesh-node')\n",
    why: 'sdk imports',
  },
  'packages/trust/src/scoring/inside.ts': wall('../../../identity/src/did.ts', otherPackage),
  'packages/sdk/src/inside.ts': wall('@trustmesh/trust/src/gate.ts', otherPackage),
  'bench/src/inside.ts': wall('../../packages/trust/dist/gate.js', otherPackage),

  // The pure core.
  'packages/identity/src/node-import.ts': wall('node:fs', core),
  'packages/trust/src/node-import.ts': wall('node:fs/promises', core),
  'packages/protocol/src/node-import.ts': wall('node:net', core),
  'packages/audit/src/node-import.ts': wall('node:fs', core),
  'packages/trust/src/bare-import.ts': { ...wall('fs'), rule: 'lint/style/useNodejsImportProtocol' },
  'packages/trust/src/date-now.ts': ambient('export const now: () => number = Date.now', toldTime),
  'packages/trust/src/date.ts': ambient('export const now: Date = new Date()', toldTime),
  'packages/trust/src/bare-date.ts': ambient('export const now: Date = new Date', toldTime),
  'packages/trust/src/date-text.ts': ambient('export const now: string = Date()', toldTime),
  'packages/trust/src/environment.ts': ambient(
    'export const f = (process: { env: object }): object => process.env',
    `${core} reads no environment`,
  ),
  'packages/trust/src/math-random.ts': ambient('export const dice: number = Math.random()', `${core} draws`),
  'packages/trust/src/get-random-values.ts': ambient(
    'export const bytes: Uint8Array = crypto.getRandomValues(new Uint8Array(8))',
    `${core} draws`,
  ),
  'packages/trust/src/random-uuid.ts': ambient('export const id: string = crypto.randomUUID()', `${core} draws`),
  'packages/trust/src/crypto-random-bytes.ts': ambient(
    'export const b: unknown = crypto.randomBytes(8)',
    `${core} draws`,
  ),
  'packages/protocol/src/random-bytes.ts': {
    code: "import { randomBytes } from '@noble/hashes/utils.js'\n\nexport const bytes: Uint8Array = randomBytes(8)\n",
    why: `${core} draws`,
  },
  'packages/protocol/src/renamed-random-bytes.ts': {
    code: "import { randomBytes as draw } from '@noble/hashes/utils.js'\n\nexport const bytes: Uint8Array = draw(8)\n",
    why: `${core} draws`,
  },
  'packages/protocol/src/keygen.ts': {
    code: "import { x25519 } from '@noble/curves/ed25519.js'\n\nexport const pair: unknown = x25519.keygen()\n",
    why: `${core} draws`,
  },
  'packages/protocol/src/secret-key.ts': {
    code: "import { x25519 } from '@noble/curves/ed25519.js'\n\nexport const key: unknown = x25519.utils.randomSecretKey()\n",
    why: `${core} draws`,
  },
  ...Object.fromEntries(
    Object.entries({
      fetch: "fetch('x')",
      globalThis: 'globalThis.crypto',
      performance: 'performance.now()',
      process: 'process.pid',
      'set-immediate': 'setImmediate(String)',
      'set-interval': 'setInterval(String, 1)',
      'set-timeout': 'setTimeout(String, 1)',
      'web-socket': "new WebSocket('x')",
    }).map(([name, use]) => [
      `packages/protocol/src/global-${name.toLowerCase()}.ts`,
      { code: `export const used: unknown = ${use}\n`, rule: 'lint/style/noRestrictedGlobals' },
    ]),
  ),

  // The SDK runs on a virtual clock too.
  'packages/sdk/src/date-now.ts': ambient('export const now: () => number = Date.now', toldTime),
  'packages/sdk/src/abort-signal.ts': ambient('export const late: AbortSignal = AbortSignal.timeout(1)', toldTime),
  'packages/sdk/src/global-set-timeout.ts': {
    code: 'export const used: unknown = setTimeout(String, 1)\n',
    rule: 'lint/style/noRestrictedGlobals',
  },

  // One importer for each library.
  'packages/identity/src/other-msgpackr.ts': wall('msgpackr', 'msgpackr is imported by'),
  'packages/identity/src/other-noble.ts': wall('@noble/ed25519', '@noble/ed25519 is imported by'),
  'packages/identity/src/other-age.ts': wall('age-encryption', 'age-encryption is imported by'),
  'packages/cli/src/other-cli-progress.ts': wall('cli-progress', 'cli-progress is imported by'),
  'packages/cli/src/other-commander.ts': wall('commander', 'commander is imported by'),
  'packages/identity/src/other-resolver.ts': wall('did-resolver', 'did-resolver and key-did-resolver are imported by'),
  'packages/identity/src/other-key-resolver.ts': wall('key-did-resolver', 'did-resolver and key-did-resolver are'),
  'packages/sdk/src/other-idb.ts': wall('idb', 'idb is imported by'),
  'packages/mesh-node/src/store/other.ts': wall('level', 'level is imported by'),
  'packages/mesh-node/src/other-ws.ts': wall('ws', 'ws is imported by'),
  'packages/sdk/src/other-ws.ts': wall('ws', 'ws is imported by'),
  'packages/mesh-node/src/other-fastify.ts': wall('fastify', 'fastify is imported'),
  'packages/mesh-node/src/other-pino.ts': wall('pino', 'pino is imported'),
  'packages/mesh-node/src/other-yaml.ts': wall('yaml', 'yaml is imported'),
  'packages/simulator/src/other-csv-parse.ts': wall('csv-parse/sync', 'csv-parse and csv-stringify are imported by'),
  'packages/simulator/src/report/other-plot.ts': wall('@observablehq/plot', '@observablehq/plot and d3 are imported'),
  'packages/simulator/src/report/other-force.ts': wall('d3-force', '@observablehq/plot and d3 are imported'),
  'packages/simulator/src/other-simple-statistics.ts': wall('simple-statistics', 'simple-statistics is imported by'),
  'packages/mesh-node/src/webhooks/other.ts': wall('cockatiel', 'cockatiel is imported by'),
  'packages/mesh-node/src/webhooks/addresses.ts': wall('ipaddr.js', 'ipaddr.js is imported by'),

  // Everywhere.
  'packages/sdk/src/jwk.ts': {
    code: "import { createSecretKey } from 'node:crypto'\n\nexport const jwk: unknown = createSecretKey(new Uint8Array(32)).export({ format: 'jwk' })\n",
    why: 'Exporting a key as JWK',
  },
  'test/jwk.test.ts': {
    code: "import { createSecretKey } from 'node:crypto'\n\nexport const jwk = createSecretKey(new Uint8Array(32))?.export({ format: 'jwk' })\n",
    why: 'Exporting a key as JWK',
  },
  'packages/trust/src/undeclared.ts': { ...wall(undeclared), rule: 'lint/correctness/noUndeclaredDependencies' },
  'packages/sdk/src/development-only.ts': {
    ...wall(developmentOnly),
    rule: 'lint/correctness/noUndeclaredDependencies',
  },
  'packages/trust/src/cycle-a.ts': {
    code: "import { b } from './cycle-b.ts'\n\nexport const a = (): unknown => b\n",
    rule: 'lint/suspicious/noImportCycles',
  },
  'packages/trust/src/cycle-b.ts': {
    code: "import { a } from './cycle-a.ts'\n\nexport const b = (): unknown => a\n",
    rule: 'lint/suspicious/noImportCycles',
  },
  'packages/trust/src/star.ts': { code: "export * from './clean.ts'\n", rule: 'lint/performance/noReExportAll' },
  'packages/trust/src/default.ts': { code: 'export default 1\n', rule: 'lint/style/noDefaultExport' },
  'packages/trust/src/CamelCase.ts': { code: 'export const x = 1\n', rule: 'lint/style/useFilenamingConvention' },
  'packages/trust/src/value-import.ts': {
    code: "import { Did } from '@trustmesh/identity'\n\nexport const same = (did: Did): Did => did\n",
    rule: 'lint/style/useImportType',
  },
  'packages/trust/src/any.ts': { code: 'export const x: any = 1\n', rule: 'lint/suspicious/noExplicitAny' },
  'packages/trust/src/non-null.ts': {
    code: 'export const first = (list: string[]): string => list[0]!\n',
    rule: 'lint/style/noNonNullAssertion',
  },
  'packages/sdk/src/console.ts': { code: 'console.log(1)\n', rule: 'lint/suspicious/noConsole' },
  'packages/sdk/src/throw-text.ts': {
    code: "export const fail = (): never => {\n  throw 'text'\n}\n",
    rule: 'lint/style/useThrowOnlyError',
  },
  'packages/sdk/src/floating.ts': {
    code: 'const f = async (): Promise<number> => 1\n\nexport const g = (): void => {\n  f()\n}\n',
    rule: 'lint/nursery/noFloatingPromises',
  },
  'packages/sdk/src/misused.ts': {
    code: 'const f = async (): Promise<number> => 1\n\nexport const g = (): number => (f() ? 1 : 2)\n',
    rule: 'lint/nursery/noMisusedPromises',
  },
}

const imports = (...modules) =>
  modules
    .map((module, index) => `import { x as x${index} } from '${module}'\n\nexport const y${index} = x${index}\n`)
    .join('\n')

/** What each exception allows, and the look-alikes that no rule may hit. */
export const allowed = {
  'packages/trust/src/clean.ts': `import { type Did, parseDid } from '@trustmesh/identity'

export interface Clock {
  now(): number
}

export const at = (clock: Clock, did: string): [number, Did, Date] => [clock.now(), parseDid(did), new Date(clock.now())]
`,
  'packages/trust/src/clean.test.ts': `import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

it('may use what tests use', () => {
  expect(readFileSync('x')[0]! + Math.random() + Date.now() + Number(process.env['X'])).toBeGreaterThan(0)
})
`,
  'packages/identity/src/did-document.ts': imports('did-resolver', 'key-did-resolver'),
  'packages/identity/src/file-keystore.ts': imports('age-encryption', 'node:fs/promises'),
  'packages/identity/src/node.ts': `import { randomBytes } from 'node:crypto'\n\nexport const bytes: Uint8Array = randomBytes(8)\n`,
  'packages/identity/src/ed25519/portable.ts': imports('@noble/ed25519'),
  'packages/identity/src/unpack/library.ts': imports('msgpackr'),
  'packages/identity/src/ed25519/native.ts': `import { randomBytes } from 'node:crypto'\n\nexport const bytes: Uint8Array = randomBytes(8)\n`,
  'packages/protocol/src/primitives/native.ts': `import { randomBytes } from 'node:crypto'\n\nexport const bytes: Uint8Array = randomBytes(8)\n`,
  'packages/protocol/src/clean.ts': imports('@trustmesh/identity', '@trustmesh/trust'),
  'packages/mesh-node/src/clean.ts': imports(
    '@trustmesh/identity',
    '@trustmesh/trust',
    '@trustmesh/protocol',
    'node:fs',
  ),
  'packages/sdk/src/platform/browser.ts': 'console.log(Date.now(), Math.random(), performance.now())\n',
  'packages/sdk/src/timer.ts': 'setTimeout(String, 1)\n',
  'packages/mesh-node/src/store/open-level.ts': imports('level'),
  'packages/sdk/src/platform/level-uses.ts': imports('level'),
  'packages/sdk/src/platform/page-database.ts': imports('idb'),
  'packages/mesh-node/src/transport/ws.ts': imports('ws'),
  'packages/mesh-node/src/admin/routes/peers.ts': imports('fastify'),
  'packages/mesh-node/src/config/more.ts': imports('yaml'),
  'packages/mesh-node/src/log.ts': imports('pino'),
  'packages/mesh-node/src/webhooks/sink.ts': imports('cockatiel'),
  'packages/mesh-node/src/webhooks/target.ts': imports('ipaddr.js'),
  'packages/sdk/src/clean.ts': imports('@trustmesh/identity', '@trustmesh/trust', '@trustmesh/protocol'),
  'packages/sdk/src/transport/ws.ts': imports('ws'),
  'packages/cli/src/clean.ts': imports('@trustmesh/mesh-node', '@trustmesh/sdk', '@trustmesh/simulator', 'node:fs'),
  'packages/cli/src/progress-bar.ts': imports('cli-progress'),
  'packages/cli/src/command.ts': imports('commander', '@commander-js/extra-typings'),
  'packages/simulator/src/clean.ts': imports('@trustmesh/testing', '@trustmesh/sdk', 'node:child_process'),
  'packages/simulator/src/report/plots/clean.ts': imports('@observablehq/plot', 'd3-force'),
  'packages/simulator/src/statistics/library.ts': imports('simple-statistics'),
  'packages/simulator/src/summary-csv.ts': imports('csv-parse/sync', 'csv-stringify/sync'),
  'packages/testing/src/clean.ts': imports('@trustmesh/mesh-node', '@trustmesh/sdk', '@trustmesh/trust', 'node:crypto'),
  'test/clean.test.ts': imports(
    '@trustmesh/mesh-node',
    '@trustmesh/sdk',
    'ws',
    'node:fs',
    '../packages/trust/src/gate.ts',
  ),
  'packages/mesh-node/bin/trustmesh-node.js': "#!/usr/bin/env node\nimport '../dist/main.js'\n",
  'bench/src/main.ts': `${imports('@trustmesh/sdk', 'ws')}\nconsole.log(Date.now(), Math.random())\n`,
  'vitest.config.ts': 'export default { test: {} }\n',
}
