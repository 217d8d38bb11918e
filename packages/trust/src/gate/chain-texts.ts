import type { ChainCode, ChainFault } from '../chain/chain-fault.ts'

/** Who decides, on what; all of it fit to print. */
export interface ChainRequest {
  readonly peer: string
  readonly decider: string
  readonly can: string
  readonly root: string
  readonly minTier: string
}

/** Why a chain did not do, and what would: true of each code, whichever chain it was said of. */
export function chainTexts(
  { code, link, detail }: ChainFault,
  request: ChainRequest,
): readonly [why: string, fix: string] {
  const { peer, decider, can, root, minTier } = request
  const at = link === null ? 'the chain' : `link ${link}`
  const anew = `whoever issued ${at} issues it anew`
  // Its place among those of the link, and its operator.
  const [place, operator] = (detail ?? '').split(' ')
  const constraint = `constraint ${place} (${operator}) of ${at}`
  const invoke = `${peer} signs a new invocation`
  const texts: Record<ChainCode, readonly [why: string, fix: string]> = {
    'chain.length': ['a chain has 1 to 10 links', `${peer} shows a chain of 1 to 10 links`],
    'chain.size': [`${at} is too large`, 'a chain whose links are at most 4 KiB each and 32 KiB together'],
    'chain.envelope': [`${at} is no envelope`, `${peer} shows ${at} as its issuer signed it`],
    'chain.type': [`${at} is no delegation`, `${peer} shows delegations alone`],
    'chain.key': [`the issuer of ${at} has a key that anybody could sign with`, `somebody else issues ${at}`],
    'chain.signature': [`the signature of ${at} is wrong`, `${peer} shows ${at} as its issuer signed it`],
    'chain.decode': [`${at} is signed, but it is no delegation that can be read`, `${anew}, well-formed`],
    'chain.net': [`${at} is of another mesh`, `${anew}, for this mesh`],
    'chain.parent': [`${at} does not go on from the link before it`, `${anew}, from the link before it`],
    'chain.repeat': [`somebody is on the chain twice, at ${at}`, 'a chain on which everybody has one place'],
    'chain.root': [
      `${at} does not hand on the authority of ${root}`,
      `${root} delegates ${can} to whoever begins the chain`,
    ],
    'chain.issuer': [
      `${at} was not issued by the audience of the link before it`,
      `the audience of the link before ${at} issues it`,
    ],
    'chain.depth': [
      `the link before ${at} lets no more follow`,
      `whoever issued the link before ${at} issues it anew with more depth, and ${at} goes on from it`,
    ],
    'chain.capability': [`${at} does not grant ${can}`, `${anew} for ${can}, within what the link before it grants`],
    'chain.window': [
      `${at} holds for longer than the link before it`,
      `${anew}, to begin and end within the link before it`,
    ],
    'chain.early': [`${at} does not hold yet`, `${peer} waits until ${at} holds, or ${anew} to begin now`],
    'chain.expired': [`${at} has expired`, `${anew}, with an end that is still to come`],
    'chain.args': ['the arguments cannot be read', `${peer} sends the arguments as one well-formed document`],
    'chain.constraint': [
      `${constraint} is not true of this use`,
      `${peer} asks for what ${constraint} allows, or ${anew} without it`,
    ],
    'chain.void': [`${at} has been revoked`, `${anew}; one that is revoked never holds again`],
    'chain.revoked': [`somebody at ${at} has been revoked, for ever`, 'a chain on which nobody is revoked'],
    'chain.suspended': [
      `somebody at ${at} is suspended`,
      `${peer} waits until the suspension ends, or shows a chain on which nobody is suspended`,
    ],
    'chain.stale': [`${decider} does not know what has been revoked of late`, `${decider} has to hear from a node`],
    'chain.peer': [
      `the chain was not given to ${peer}`,
      `the audience of the last link delegates it to ${peer}, or asks itself`,
    ],
    'chain.invocation-missing': ['a chain is used by a signed invocation, and there is none', invoke],
    'chain.invocation': ['the invocation is not well signed', invoke],
    'chain.invocation-net': ['the invocation is of another mesh', `${invoke}, for this mesh`],
    'chain.invocation-issuer': ['the invocation was signed by another than the audience of the last link', invoke],
    'chain.invocation-executor': [`the invocation is for another than ${decider}`, `${invoke}, for ${decider}`],
    'chain.invocation-leaf': ['the invocation is for another chain', `${invoke}, for this chain`],
    'chain.invocation-capability': ['the invocation is for another capability', `${invoke}, for ${can}`],
    'chain.invocation-args': ['the invocation is for other arguments', `${invoke}, for these arguments`],
    'chain.invocation-early': ['the invocation is of a time to come', `${peer} sets its clock, and ${invoke}`],
    'chain.invocation-expired': ['the invocation has expired', invoke],
    'chain.invocation-replayed': ['the invocation has been used', invoke],
    'chain.standing': [
      `the audience of ${at} is not trusted enough`,
      `the audience of ${at} comes to be ${minTier} by the word of the roots that ${decider} trusts, or as the chain itself asks`,
    ],
    'chain.exhausted': [
      `${at} has been used as often as it may be`,
      `${anew}, or ${peer} waits where it is a rate that is spent`,
    ],
    'chain.error': [
      `the chain could not be checked: ${detail ?? 'exception'}`,
      'nothing that the peer can do: whoever runs the gate has to look at it',
    ],
  }
  return texts[code]
}
