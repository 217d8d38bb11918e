import { existsSync, readdirSync } from 'node:fs'

const isBuilt = import.meta.url.endsWith('.js')
const sources = new URL(isBuilt ? '../' : './', import.meta.url)

/** The scenarios of this folder: the module of each by its name. */
export const CATALOGUE: Readonly<Record<string, URL>> = Object.fromEntries(
  readdirSync(sources)
    .filter((name) => existsSync(new URL(`${name}/scenario.ts`, sources)))
    .sort()
    .map((name) => [name, new URL(`${name}/scenario.${isBuilt ? 'js' : 'ts'}`, import.meta.url)]),
)
