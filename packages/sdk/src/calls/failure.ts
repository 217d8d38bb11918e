import { parseFailure } from '../bodies.ts'
import { MeshError } from '../mesh-error.ts'
import type { Incoming } from '../peers/incoming-line.ts'

/** What an `error` says, as an error. */
export function failureIn({ body }: Incoming): MeshError {
  const { code, denial } = parseFailure(body)
  return new MeshError(`request.${code}`, denial ? { denial } : {})
}
