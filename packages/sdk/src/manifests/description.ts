import { bytesToHex } from '@noble/hashes/utils.js'
import { displayNameOf, type Manifest } from '@trustmesh/trust/agent'
import * as z from 'zod/mini'

const description = z.strictObject({
  /** For people, and never a reason for anything (threat I10). In NFC. */
  name: z.string(),
  /** Whether the name may be taken for another that looks the same: show the Did beside it. */
  isConfusable: z.boolean(),
  version: z.string(),
  /** What it offers to do. */
  capabilities: z.array(z.string()),
  model: z.optional(z.string()),
  /** What it is made of; hashes in hex. */
  bom: z.array(z.strictObject({ name: z.string(), version: z.string(), sha256: z.string() })),
})

/** How an agent describes itself, by its manifest: fit to be logged, shown and kept. */
export type Description = z.infer<typeof description>
/** What of it is read back from where it was kept. */
export const descriptionSchema: typeof description = description

/** What there is to describe of a manifest. */
export type Described = Pick<Manifest, 'name' | 'version' | 'capabilities' | 'model' | 'bom'>

/** A manifest for people and for keeping. */
export function describe({ name, version, capabilities, model, bom }: Described): Description {
  const { text, isConfusable } = displayNameOf(name)
  return {
    ...{ name: text, isConfusable, version, capabilities: [...capabilities] },
    ...(model !== undefined && { model }),
    bom: bom.map(({ sha256, ...component }) => ({ ...component, sha256: bytesToHex(sha256) })),
  }
}

/** Whether both say the same of what the agent offers and is made of, in whatever order; its name is no part of that. */
export function isUnchanged(one: Description | null, other: Description | null): boolean {
  return one === other || (one !== null && other !== null && contentOf(one) === contentOf(other))
}

function contentOf({ version, capabilities, model, bom }: Description): string {
  const components = bom.map(({ name, version, sha256 }) => JSON.stringify([name, version, sha256]))
  return JSON.stringify([version, model ?? null, listed(capabilities), listed(components)])
}

function listed(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort()
}
