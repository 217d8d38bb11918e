import type { ChainCode, ChainFault } from '../chain/chain-fault.ts'
import { type ChainRemedy, type ReissueTerm, remedyOf } from './chain-remedy.ts'

/** Who decides, on what; all of it fit to print. */
export interface ChainRequest {
  readonly peer: string
  readonly decider: string
  readonly can: string
  readonly root: string
  readonly minTier: string
}

/** Why a chain did not do, and what would: true of each code, whichever chain it was said of. */
export function chainTexts(fault: ChainFault, request: ChainRequest): readonly [why: string, fix: string] {
  return [whyOf(fault, request), fixOf(remedyOf(fault), fault, request)]
}

function whyOf(fault: ChainFault, { peer, decider, can, root }: ChainRequest): string {
  const at = placeOf(fault.link)
  const texts: Record<ChainCode, string> = {
    'chain.length': 'a chain has 1 to 10 links',
    'chain.size': `${at} is too large: a link has at most 4 KiB, and a chain 32 KiB`,
    'chain.envelope': `${at} is no envelope`,
    'chain.type': `${at} is no delegation`,
    'chain.key': `the issuer of ${at} has a key that anybody could sign with`,
    'chain.signature': `the signature of ${at} is wrong`,
    'chain.decode': `${at} is signed, but it is no delegation that can be read`,
    'chain.net': `${at} is of another mesh`,
    'chain.parent': `${at} does not go on from the link before it`,
    'chain.repeat': `somebody is on the chain twice, at ${at}`,
    'chain.root': `${at} does not hand on the authority of ${root}`,
    'chain.issuer': `${at} was not issued by the audience of the link before it`,
    'chain.depth': `the link before ${at} does not let as many follow`,
    'chain.capability': `${at} does not grant ${can}, or more than the link before it`,
    'chain.window': `${at} holds for longer than the link before it`,
    'chain.early': `${at} does not hold yet`,
    'chain.expired': `${at} has expired`,
    'chain.args': 'the arguments cannot be read',
    'chain.constraint': `${constraintOf(fault)} is not true of this use`,
    'chain.void': `${at} has been revoked, for ever`,
    'chain.revoked': `somebody at ${at} has been revoked, for ever`,
    'chain.suspended': `somebody at ${at} is suspended`,
    'chain.stale': `${decider} does not know what has been revoked of late`,
    'chain.peer': `the chain was not given to ${peer}`,
    'chain.invocation-missing': 'a chain is used by a signed invocation, and there is none',
    'chain.invocation': 'the invocation is not well signed',
    'chain.invocation-net': 'the invocation is of another mesh',
    'chain.invocation-issuer': 'the invocation was signed by another than the audience of the last link',
    'chain.invocation-executor': `the invocation is for another than ${decider}`,
    'chain.invocation-leaf': 'the invocation is for another chain',
    'chain.invocation-capability': 'the invocation is for another capability',
    'chain.invocation-args': 'the invocation is for other arguments',
    'chain.invocation-early': 'the invocation is of a time to come',
    'chain.invocation-expired': 'the invocation has expired',
    'chain.invocation-replayed': 'the invocation has been used',
    'chain.standing': `the audience of ${at} is not trusted enough`,
    'chain.exhausted': `${at} has been used as often as it may be`,
    'chain.error': `the chain could not be checked: ${fault.detail ?? 'exception'}`,
  }
  return texts[fault.code]
}

/** What a remedy is for those who have to see to it. */
export function fixOf(remedy: ChainRemedy, fault: ChainFault, request: ChainRequest): string {
  const { peer, decider, can, minTier } = request
  const at = placeOf(fault.link)
  switch (remedy.do) {
    case 'show':
      return `${peer} shows 1 to 10 links, each as its issuer signed it, of at most 4 KiB and together 32 KiB`
    case 'reissue':
      return reissueOf(remedy.from, remedy.term, request)
    case 'reroute':
      return remedy.past === 'repeated'
        ? 'a chain on which everybody has one place'
        : 'a chain on which nobody is revoked'
    case 'wait':
      return remedy.until === 'held'
        ? `${peer} waits until ${at} holds, or is issued anew to begin now`
        : `${peer} waits until the suspension ends, or shows a chain on which nobody is suspended`
    case 'ask':
      return {
        audience: `the audience of the last link asks itself, or delegates it to ${peer}`,
        constrained: `${peer} asks for what ${constraintOf(fault)} allows`,
        'well-formed': `${peer} sends the arguments as one well-formed document`,
      }[remedy.as]
    case 'invoke':
      return `${peer}, as the audience of the last link, signs a new invocation: now, by a clock that is right, in this mesh, for ${decider}, this chain, ${can} and these arguments`
    case 'learn':
      return `${decider} has to hear from a node`
    case 'vouch':
      return `the audience of ${at} comes to be ${minTier} by the word of the roots that ${decider} trusts, or as the chain itself asks`
    case 'nothing':
      return 'nothing that the peer can do: whoever runs the gate has to look at it'
  }
}

function reissueOf(from: number, term: ReissueTerm, { peer, can, root }: ChainRequest): string {
  const first = from === 0
  const issuers: Partial<Record<ReissueTerm, string>> = {
    issuer: first ? root : `the audience of link ${from - 1}`,
    ...(first && { root }),
  }
  const terms: Record<ReissueTerm, string> = {
    again: '',
    can: first ? ` for ${can}` : ` for ${can}, once the link before it grants that`,
    count: `, or ${peer} waits where it is a rate that is spent`,
    delegation: ' as a delegation',
    depth: ' to let as many follow as do',
    end: ' with an end that is still to come',
    form: ', well-formed',
    issuer: '',
    net: ' for this mesh',
    parent: first ? ' without a parent' : ' from the link before it',
    root: ` under the authority of ${root}`,
    window: ' to begin and end within the link before it',
  }
  const issuer = issuers[term] ?? `whoever issued link ${from}`
  return `${issuer} issues link ${from} anew${terms[term]}; and each link after it goes on from the new one`
}

function placeOf(link: number | null): string {
  return link === null ? 'the chain' : `link ${link}`
}

/** A constraint by its place among those of its link, and its operator. */
function constraintOf({ link, detail = '' }: ChainFault): string {
  const [place, operator] = detail.split(' ')
  return `constraint ${place} (${operator}) of ${placeOf(link)}`
}
