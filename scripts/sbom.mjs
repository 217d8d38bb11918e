/** `npm run sbom`: prints what the published packages are made of, as CycloneDX 1.6. Says the same of the same lockfile. */

import { readFileSync } from 'node:fs'
import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library'
import { PackageURL } from 'packageurl-js'
import { closureOf, contentOf, directOf, importers, neededBy } from './production-dependencies.mjs'
import { root } from './tree.mjs'

const { Library, Application } = Enums.ComponentType
const bom = new Models.Bom()
const { name, version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
bom.metadata.component = new Models.Component(Application, name, { version, bomRef: name })

const components = new Map()
for (const key of new Set(importers.flatMap(closureOf))) {
  const { sha512, ...content } = contentOf(key)
  const [group, own] = content.name.startsWith('@') ? content.name.split('/') : [undefined, content.name]
  const purl = new PackageURL('npm', group, own, content.version).toString()
  const hashes = new Models.HashDictionary([[Enums.HashAlgorithm['SHA-512'], sha512]])
  const component = new Models.Component(Library, own, { group, version: content.version, purl, hashes, bomRef: key })
  components.set(key, component)
  bom.components.add(component)
}
for (const [key, { dependencies }] of components) {
  for (const needed of neededBy(key)) dependencies.add(components.get(needed).bomRef)
}
for (const key of new Set(importers.flatMap(directOf)))
  bom.metadata.component.dependencies.add(components.get(key).bomRef)

const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6))
process.stdout.write(`${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`)
