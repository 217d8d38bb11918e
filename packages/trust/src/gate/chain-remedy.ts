import type { ChainCode, ChainFault } from '../chain/chain-fault.ts'

/** What is put right in a link that is issued anew: named after the field, or after what the link is to be. */
export type ReissueTerm =
  | 'again'
  | 'can'
  | 'count'
  | 'delegation'
  | 'depth'
  | 'end'
  | 'form'
  | 'issuer'
  | 'net'
  | 'parent'
  | 'root'
  | 'window'

/** What turns a fault of a chain: one act. The text of a fix is made from it. */
export type ChainRemedy =
  /** The peer shows the chain as its issuers signed it. */
  | { readonly do: 'show' }
  /** A link is issued anew, and each after it, which names the one before by its id. */
  | { readonly do: 'reissue'; readonly from: number; readonly term: ReissueTerm }
  /** Another chain, past whoever is in the way. */
  | { readonly do: 'reroute'; readonly past: 'repeated' | 'revoked' }
  | { readonly do: 'wait'; readonly until: 'held' | 'released' }
  /** Another use of the same chain. */
  | { readonly do: 'ask'; readonly as: 'audience' | 'constrained' | 'well-formed' }
  | { readonly do: 'invoke' }
  /** The decider hears what has been revoked. */
  | { readonly do: 'learn' }
  /** Roots vouch for somebody on the chain. */
  | { readonly do: 'vouch' }
  | { readonly do: 'nothing' }

/** The remedy for a fault, whichever chain it was found in: when it has been carried out, that fault is not found again. */
export function remedyOf({ code, link }: ChainFault): ChainRemedy {
  const remedy = REMEDIES[code]
  if (typeof remedy !== 'string') return remedy
  // How many may follow is for the link before to say.
  const from = Math.max(0, (link ?? 0) - (remedy === 'depth' ? 1 : 0))
  return { do: 'reissue', from, term: remedy }
}

/** A term alone: the link is issued anew. */
const REMEDIES: Readonly<Record<ChainCode, ReissueTerm | ChainRemedy>> = {
  'chain.length': { do: 'show' },
  'chain.size': { do: 'show' },
  'chain.envelope': { do: 'show' },
  'chain.type': 'delegation',
  'chain.key': 'issuer',
  'chain.signature': { do: 'show' },
  'chain.decode': 'form',
  'chain.net': 'net',
  'chain.parent': 'parent',
  'chain.repeat': { do: 'reroute', past: 'repeated' },
  'chain.root': 'root',
  'chain.issuer': 'issuer',
  'chain.depth': 'depth',
  'chain.capability': 'can',
  'chain.window': 'window',
  'chain.early': { do: 'wait', until: 'held' },
  'chain.expired': 'end',
  'chain.args': { do: 'ask', as: 'well-formed' },
  'chain.constraint': { do: 'ask', as: 'constrained' },
  'chain.void': 'again',
  'chain.revoked': { do: 'reroute', past: 'revoked' },
  'chain.suspended': { do: 'wait', until: 'released' },
  'chain.stale': { do: 'learn' },
  'chain.peer': { do: 'ask', as: 'audience' },
  'chain.invocation-missing': { do: 'invoke' },
  'chain.invocation': { do: 'invoke' },
  'chain.invocation-net': { do: 'invoke' },
  'chain.invocation-issuer': { do: 'invoke' },
  'chain.invocation-executor': { do: 'invoke' },
  'chain.invocation-leaf': { do: 'invoke' },
  'chain.invocation-capability': { do: 'invoke' },
  'chain.invocation-args': { do: 'invoke' },
  'chain.invocation-early': { do: 'invoke' },
  'chain.invocation-expired': { do: 'invoke' },
  'chain.invocation-replayed': { do: 'invoke' },
  'chain.standing': { do: 'vouch' },
  'chain.exhausted': 'count',
  'chain.error': { do: 'nothing' },
}
