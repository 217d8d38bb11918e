/**
 * `npm run docs`: the API reference, from doc comments, into `docs/reference`. With `--check` nothing is written. Fails where an
 * exported name has no doc comment, a link leads nowhere, or something that is exported speaks of what is not.
 */

import { readFileSync } from 'node:fs'
import { Application, ReflectionKind, TSConfigReader, TypeDocReader } from 'typedoc'
import { publishedFolders, root } from './tree.mjs'

/** These are programs: what they export is for tests, and for each other. */
const programs = ['packages/cli', 'packages/mesh-node']
const entries = publishedFolders()
  .filter((folder) => !programs.includes(folder))
  .flatMap(entriesOf)

const readers = [new TypeDocReader(), new TSConfigReader()]
const entryPoints = entries.map(({ path }) => root + path)
const app = await Application.bootstrap({ options: `${root}typedoc.json`, entryPoints, logLevel: 'Warn' }, readers)
const project = await app.convert()
if (!project) process.exit(1)

app.validate(project)
const modules = project.getChildrenByKind(ReflectionKind.Module)
for (const module of modules) module.name = entries.find(({ path }) => path.includes(`/${module.name}`)).name
const names = modules.flatMap(({ children = [] }) => children)
for (const name of names) if (!isDocumented(name)) app.logger.warn(`${name.getFullName()} has no doc comment`)
if (!process.argv.includes('--check')) await app.generateOutputs(project)
console.log(`${names.length} names`)
if (app.logger.warningCount + app.logger.errorCount > 0) process.exitCode = 1

/** What users import from a package, and the source of that. */
function entriesOf(folder) {
  const { name, exports } = JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8'))
  return Object.entries(exports).map(([subpath, { '@trustmesh/source': source }]) => {
    return { name: name + subpath.slice(1), path: `${folder}/${source.slice(2)}` }
  })
}

/** Of a function its signatures are; what is exported elsewhere as well is documented there. */
function isDocumented(name) {
  if (name.kindOf(ReflectionKind.Reference)) return true
  return [name, ...(name.signatures ?? [])].some((reflection) => reflection.hasComment())
}
