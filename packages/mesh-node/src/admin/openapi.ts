import * as z from 'zod'
import { API_VERSION, type Contract } from './schemas/contract.ts'
import { problem } from './schemas/problem.ts'

type Json = Readonly<Record<string, unknown>>

const DESCRIPTION =
  'Every request is authenticated, but for the two that sign in. Refusals are problem documents with a stable `code`. ' +
  'A POST or DELETE with an `Idempotency-Key` is carried out once, however often it is sent.'

/** The contracts as an OpenAPI 3.1 document: of the same schemas by which requests are read. */
export function openapiOf(contracts: readonly Contract[]): Json {
  const schemas = new Schemas()
  const paths: Record<string, Record<string, unknown>> = {}
  for (const contract of contracts) {
    const path = contract.path.replace(/:(\w+)/g, '{$1}').replace('*', '{path}')
    paths[path] = { ...paths[path], [contract.method.toLowerCase()]: operationOf(contract, schemas) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'TrustMesh admin API', version: API_VERSION, description: DESCRIPTION },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      responses: {
        Problem: {
          description: 'Refused',
          content: { 'application/problem+json': { schema: schemas.of(problem) } },
        },
      },
      schemas: schemas.named,
    },
  }
}

function operationOf(contract: Contract, schemas: Schemas): Json {
  const { id, path, role, summary, params, query, body, method, statuses } = contract
  const refused = { $ref: '#/components/responses/Problem' }
  const answers = statuses.map((status) => [status, { description: 'Done', ...contentOf(contract, schemas) }])
  const refusals = refusalsOf(contract).map((status) => [status, refused])
  const key = {
    name: 'Idempotency-Key',
    in: 'header',
    schema: { type: 'string', pattern: '^[A-Za-z0-9_.:-]{1,128}$' },
  }
  const isKeyed = method !== 'GET' && role !== 'anybody'
  return {
    operationId: id,
    summary,
    tags: [path.split('/')[path.startsWith('/v1/') ? 2 : 1]],
    'x-role': role,
    ...(role === 'anybody' && { security: [] }),
    parameters: [
      ...schemas.parametersOf(params, 'path'),
      ...schemas.parametersOf(query, 'query'),
      ...(isKeyed ? [key] : []),
    ],
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: schemas.of(body) } } } }),
    responses: Object.fromEntries([...answers, ...refusals, ['default', refused]]),
  }
}

function contentOf({ answer }: Contract, schemas: Schemas): Json {
  if (answer === null) return {}
  if (typeof answer !== 'string') return { content: { 'application/json': { schema: schemas.of(answer) } } }
  const schema = answer === 'application/octet-stream' ? {} : { type: 'string' }
  return { content: { [answer]: { schema } } }
}

/** By which status a request may be refused, whatever else happens. */
function refusalsOf({ id, role, params, query, body, method }: Contract): number[] {
  return [
    ...(params || query || body ? [400] : []),
    ...(role === 'anybody' ? (id === 'createLogin' ? [401] : []) : [401]),
    403,
    ...(params ? [404] : []),
    ...(method !== 'GET' ? [409, 413] : []),
    421,
    429,
    ...(method !== 'GET' ? [503] : []),
  ]
}

/** JSON schemas of zod ones; those with an id once, under `components`. */
class Schemas {
  readonly named: Record<string, unknown> = {}

  of(schema: z.ZodType): Json {
    // What has an id is inlined where it is the whole: within something it is named.
    const { properties } = this.#read(z.object({ it: schema })) as { properties: { it: Json } }
    return properties.it
  }

  parametersOf(schema: z.ZodType | undefined, where: 'path' | 'query'): readonly Json[] {
    if (!schema) return []
    const { properties, required = [] } = this.#read(schema) as {
      properties: Record<string, Json>
      required?: readonly string[]
    }
    return Object.entries(properties).map(([name, each]) => ({
      name: name === '*' ? 'path' : name,
      in: where,
      required: where === 'path' || required.includes(name),
      schema: each,
    }))
  }

  #read(schema: z.ZodType): Json {
    const read = z.toJSONSchema(schema, { io: 'input' })
    const { $defs = {}, ...rest } = JSON.parse(
      JSON.stringify(read).replaceAll('"#/$defs/', '"#/components/schemas/'),
    ) as { $defs?: Record<string, unknown> }
    Object.assign(this.named, $defs)
    return rest
  }
}
