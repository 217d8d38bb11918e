/** `npm start|test|check|bench|build`, and the like, on a fresh clone: installs, builds, and runs the task. Needs Node.js and npm only. */

const tasks = {
  start: { script: 'examples/first-path/dist/main.js', needsBuild: true },
  test: { script: 'node_modules/vitest/vitest.mjs', args: ['run'], needsBuild: true },
  'test:crash': {
    script: 'node_modules/vitest/vitest.mjs',
    args: ['run', 'test/crash'],
    env: { TRUSTMESH_TEST_KILLS: '100', TRUSTMESH_TEST_DAMAGES: '1000' },
  },
  'test:chaos': { script: 'scripts/test-chaos.mjs', needsBuild: true },
  'store:check': { script: 'scripts/store-check.mjs' },
  'test:schedules': { script: 'packages/testing/dist/main.js', needsBuild: true },
  examples: { script: 'scripts/examples.mjs', needsBuild: true },
  'simulations:figures': { script: 'scripts/simulation-figures.mjs', needsBuild: true },
  bench: { script: 'bench/dist/main.js', needsBuild: true },
  build: { needsBuild: true },
  docs: { script: 'scripts/docs.mjs' },
  sbom: { script: 'scripts/sbom.mjs' },
  check: { script: 'scripts/check.mjs' },
  walls: { script: 'scripts/prove-walls.mjs' },
  fix: { script: 'node_modules/@biomejs/biome/bin/biome', args: ['check', '--write'] },
}

const [name, ...args] = process.argv.slice(2)
const task = Object.hasOwn(tasks, name ?? '') ? tasks[name] : undefined

// Before any import: an older Node.js may not even parse what follows.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`TrustMesh needs Node.js 20.19 or newer; this is ${process.versions.node}.`)
  process.exit(1)
}
if (!task) {
  console.error(`usage: node scripts/run.mjs ${Object.keys(tasks).join('|')} [arguments]`)
  process.exit(2)
}

const { endAs, node } = await import('./child.mjs')
const { install } = await import('./install.mjs')
const { build } = await import('./build.mjs')

// npm, when told to end, ends the shell between it and us and nothing else.
if (process.env.npm_lifecycle_event) {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    process.kill(process.pid, 'SIGTERM')
  }, 500)
  watch.unref()
}

await endAs(() => perform(task))

async function perform({ needsBuild, script, args: given = [], env = {} }) {
  const installed = await install()
  if (installed !== 0) return installed
  const built = needsBuild ? await build() : { code: 0 }
  if (built.code !== 0 || !script) return built.code
  const { code } = await node(script, [...given, ...args], { env: { ...env, ...process.env } })
  return code
}
