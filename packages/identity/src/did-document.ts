/** DID documents, for people and for interoperation. Kept apart from the main entry, which never needs them. */

import { type DIDDocument, Resolver, type VerificationMethod } from 'did-resolver'
import { getResolver } from 'key-did-resolver'
import { parseDid } from './did.ts'
import { IdentityError } from './identity-error.ts'

const resolver = new Resolver(getResolver())

/** A DID document whose verification methods are all of the current `Multikey` type (W3C Controlled Identifiers 1.0). */
export type DidDocument = DIDDocument & { readonly verificationMethod: readonly VerificationMethod[] }

/**
 * The DID document of a Did. The guard comes first, because the resolver alone accepts many spellings of one key and
 * spends seconds on a long one. Rejects with {@link IdentityError}: `did.malformed`, `key.*` or `did.unresolvable`.
 */
export async function resolveDid(input: unknown): Promise<DidDocument> {
  const did = parseDid(input)
  const { didDocument } = await resolver.resolve(did)
  if (!didDocument) throw new IdentityError('did.unresolvable')
  const { verificationMethod = [], keyAgreement = [], ...rest } = didDocument
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    ...rest,
    verificationMethod: verificationMethod.map(asMultikey),
    keyAgreement: keyAgreement.map((method) => (typeof method === 'string' ? method : asMultikey(method))),
  } as DidDocument
}

/** Names of the methods of `did:key` end in the Multikey itself. */
function asMultikey({ id, controller }: VerificationMethod): VerificationMethod {
  return { id, type: 'Multikey', controller, publicKeyMultibase: id.slice(id.indexOf('#') + 1) }
}
