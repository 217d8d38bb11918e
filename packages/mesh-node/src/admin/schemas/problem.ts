import * as z from 'zod'
import { code } from './fields.ts'

/** One thing that must hold for the node to serve. */
const check = z
  .strictObject({ name: z.string(), ok: z.boolean(), detail: z.exactOptional(z.string()) })
  .meta({ id: 'Check' })

/** Why a request was refused (RFC 9457). `code` is stable; the rest is for people. */
export const problem = z
  .strictObject({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    code,
    detail: z.exactOptional(z.string()),
    /** Of `admin.not-ready`: what does not hold. */
    checks: z.exactOptional(z.array(check)),
  })
  .meta({ id: 'Problem', description: 'Why a request was refused (RFC 9457). Match on `code`.' })

export type ProblemDocument = z.output<typeof problem>
