import type { DidDocument } from '@trustmesh/identity/did-document'

/**
 * The DID document of a Did, for people and for other systems; what makes it is loaded when it is first asked for. Rejects with
 * an `IdentityError`: `did.malformed`, `key.*` or `did.unresolvable`.
 */
export async function resolveDid(did: string): Promise<DidDocument> {
  const document = await import('@trustmesh/identity/did-document')
  return await document.resolveDid(did)
}
