import { readFile, stat } from 'node:fs/promises'
import * as z from 'zod'
import { SEVERITIES } from '../audit/log.ts'
import { EVENT_KINDS } from '../events/event.ts'
import { NodeError } from '../node-error.ts'
import { writeWhole } from '../whole-file.ts'

/** Most that a node has. */
export const MAX_WEBHOOKS = 32

const webhook = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  url: z.string().max(2_048),
  severity: z.enum(SEVERITIES),
  kinds: z.array(z.enum(EVENT_KINDS)).max(EVENT_KINDS.length),
  createdAt: z.iso.datetime(),
  /** In the clear: whoever signs needs it. Nobody else can do anything with it but sign as this node. */
  secret: z.string().regex(/^whsec_[A-Za-z0-9+/=]{24,128}$/),
})
const document = z.strictObject({
  version: z.literal(1),
  notice: z.string(),
  webhooks: z.array(webhook).max(MAX_WEBHOOKS),
})

export type WebhookRecord = z.infer<typeof webhook>

/** The webhooks in a file, mode 0600 as it holds their secrets; none where there is none. Rejects with {@link NodeError}: `webhooks.permissions` or `webhooks.malformed`. */
export async function readWebhooks(path: string): Promise<readonly WebhookRecord[]> {
  let text: string
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0) throw new NodeError('webhooks.permissions', { detail: `chmod 600 ${path}` })
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
  const parsed = document.safeParse(parseJson(text))
  // Without the cause: that may quote what is in the file.
  if (!parsed.success) throw new NodeError('webhooks.malformed', { detail: path })
  return parsed.data.webhooks
}

export async function writeWebhooks(path: string, webhooks: readonly WebhookRecord[]): Promise<void> {
  const notice = 'This file holds the secrets with which this node signs. Keep it as you keep a key.'
  await writeWhole(path, `${JSON.stringify({ version: 1, notice, webhooks }, null, 2)}\n`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
