/** What links have to be among themselves, whoever uses them and for what. */

import { decodeStatement, keyFault, parseEnvelope, proveEnvelope } from '@trustmesh/identity'
import { isSame } from '../fields.ts'
import { MAX_SKEW_MS } from '../skew.ts'
import {
  ATTENUATION,
  DELEGATION,
  type Delegation,
  MAX_DELEGATION_BYTES,
  MAX_LINKS,
  parseDelegation,
} from '../statements/delegation.ts'
import { covers } from './capability.ts'
import type { ChainCase, ChainUse, Executor, Moment } from './chain-case.ts'
import { brokenBy, type ChainFault, faultOf } from './chain-fault.ts'
import { linkKey } from './link-cache.ts'

/** Largest chain in bytes, all envelopes together. */
const MAX_CHAIN_BYTES = 32_768

/** What the checks of links among themselves look at. */
interface Links {
  readonly links: readonly Delegation[]
}

/** And what they have to know of the executor. */
interface Among<Known extends keyof Executor> extends Links {
  readonly executor: Pick<Executor, Known>
}

/** Links that are being opened. */
interface Opening extends Pick<ChainCase, 'unopened' | 'proven' | 'links'> {
  readonly use: Pick<ChainUse, 'links'>
  readonly executor: Pick<Executor, 'linkCache'>
}

/** Before anything is looked into (threat D2). */
export function size({ use: { links } }: Pick<Opening, 'use'>): ChainFault | null {
  if (!(links.length >= 1 && links.length <= MAX_LINKS)) return { code: 'chain.length', link: null }
  const tooLarge = links.findIndex(({ length }) => !(length <= MAX_DELEGATION_BYTES))
  if (tooLarge >= 0) return { code: 'chain.size', link: tooLarge }
  const total = links.reduce((sum, { length }) => sum + length, 0)
  return total <= MAX_CHAIN_BYTES ? null : { code: 'chain.size', link: null }
}

/** All of them before the first signature: to have nine verified and the tenth refused unseen would cost the peer nothing. */
export function envelope({ use, executor: { linkCache }, unopened, links }: Opening): ChainFault | null {
  for (const [link, bytes] of use.links.entries()) {
    const cacheKey = linkCache ? linkKey(bytes) : ''
    const known = linkCache?.get(cacheKey)
    if (known) {
      links[link] = known
      continue
    }
    try {
      unopened.set(link, { envelope: parseEnvelope(bytes), cacheKey })
    } catch (error) {
      return { code: 'chain.envelope', link, detail: brokenBy(error) }
    }
  }
  return null
}

export function type({ unopened }: Opening): ChainFault | null {
  for (const [link, { envelope }] of unopened) if (envelope.type !== DELEGATION) return { code: 'chain.type', link }
  return null
}

/** Threat I5, at the signers; the schema of a delegation has the guard at every other Did. */
export function key({ unopened }: Opening): ChainFault | null {
  for (const [link, { envelope }] of unopened) {
    const fault = keyFault(envelope.key)
    if (fault) return { code: 'chain.key', link, detail: fault }
  }
  return null
}

/** One right after the other: what is decoded in between would cost each as much again in cold caches as in itself. */
export function signature({ unopened, proven }: Opening): ChainFault | null {
  for (const [link, { envelope }] of unopened) {
    try {
      proven.set(link, proveEnvelope(envelope))
    } catch (error) {
      return { code: 'chain.signature', link, detail: brokenBy(error) }
    }
  }
  return null
}

export function decode({ proven, links }: Opening): ChainFault | null {
  for (const [link, envelope] of proven) {
    try {
      links[link] = parseDelegation(decodeStatement(envelope))
    } catch (error) {
      return { code: 'chain.decode', link, detail: brokenBy(error) }
    }
  }
  return null
}

export function net({ links, executor }: Among<'net'>): ChainFault | null {
  return faultOf(links, 'chain.net', (link) => isSame(link.net, executor.net))
}

/** Each link names the one before by its id, so that it fits nowhere else (threat D8); and nobody is on a chain twice (threat D3). */
export function parent({ links }: Links): ChainFault | null {
  const seen = new Set([links[0]?.iss])
  return (
    faultOf(links, 'chain.parent', (link, previous) => link.parent === (previous?.id ?? null)) ??
    faultOf(links, 'chain.repeat', ({ aud }) => seen.size < seen.add(aud).size)
  )
}

/** The authority that the executor chose: one that the links name would be anybody's. */
export function root({ links, executor }: Among<'root'>): ChainFault | null {
  return faultOf(links, 'chain.root', (link, previous) => {
    return link.root === executor.root && (previous !== undefined || link.iss === executor.root)
  })
}

export function issuer({ links, executor: { linkCache }, unopened }: ChainCase): ChainFault | null {
  const fault = handedDown({ links })
  // Only what is handed down from the executor's own authority is remembered: strangers push nothing out.
  if (!fault) for (const [link, { cacheKey }] of unopened) linkCache?.put(cacheKey, links[link] as Delegation)
  return fault
}

/** By whom it was received. */
export function handedDown({ links }: Links): ChainFault | null {
  return faultOf(links, 'chain.issuer', (link, previous) => !previous || ATTENUATION.issuer(previous, link))
}

export function depth({ links }: Links): ChainFault | null {
  return faultOf(links, 'chain.depth', (link, previous) => !previous || ATTENUATION.depth(previous, link))
}

/** Each below the one before, and what is asked below the last. */
export function capability({
  links,
  use: { can },
}: Links & { readonly use: Pick<ChainUse, 'can'> }): ChainFault | null {
  return (
    faultOf(links, 'chain.capability', (link, previous) => !previous || ATTENUATION.capability(previous, link)) ??
    faultOf(links, 'chain.capability', (link, _, at) => at < links.length - 1 || covers(link.can, can))
  )
}

export function time({ links, moment: { now } }: Links & { readonly moment: Moment }): ChainFault | null {
  return (
    window({ links }) ??
    faultOf(links, 'chain.early', ({ iat, nbf }) => now + MAX_SKEW_MS >= Math.max(iat, nbf ?? 0)) ??
    faultOf(links, 'chain.expired', ({ exp }) => now < exp + MAX_SKEW_MS)
  )
}

/** Each within the one before, whatever the time is. */
export function window({ links }: Links): ChainFault | null {
  return faultOf(links, 'chain.window', (link, previous) => !previous || ATTENUATION.window(previous, link))
}
