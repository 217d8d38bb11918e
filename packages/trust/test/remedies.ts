/** Carries out on a plot what a denial asks for: that, and nothing more. */

import { encodeBody, type Identity } from '@trustmesh/identity'
import type { ChainFault } from '../src/chain/chain-fault.ts'
import { type ChainRemedy, type ReissueTerm, remedyOf } from '../src/gate/chain-remedy.ts'
import { alice, NOW } from './cast.ts'
import { crowd, type Plot, type PlottedLink } from './plot.ts'

/** What is wrong with a plot as it stands, or nothing. */
type Judge = (told: Plot) => Promise<ChainFault | null>

/** Does one thing after the other, until nothing is wrong; or says which fault was there still when its remedy was done. */
export async function followed(told: Plot, judge: Judge): Promise<string> {
  const found = new Set<string>()
  for (let fault = await judge(told); fault; fault = await judge(told)) {
    const { code, link } = fault
    if (found.has(`${code} ${link}`)) return `${code} ${link} again`
    found.add(`${code} ${link}`)
    carryOut(remedyOf(fault), fault, told)
  }
  return 'allowed'
}

function carryOut(remedy: ChainRemedy, { link, detail = '' }: ChainFault, told: Plot): void {
  const { use, executor, moment, links } = told
  const { now = NOW, freshAsOf = NOW } = moment
  switch (remedy.do) {
    case 'show':
      told.tamper = []
      break
    case 'reissue':
      putRight(told, remedy.from, remedy.term)
      issueFrom(told, remedy.from)
      break
    case 'reroute':
      for (const [i, { to }] of links.entries()) if (isInTheWay(told, i, remedy.past)) replace(told, to, i)
      break
    case 'wait':
      if (remedy.until === 'released') told.knowledge.suspended.clear()
      else {
        const nbf = Number(links[link ?? 0]?.fields['nbf'])
        told.moment = { now: nbf, freshAsOf: freshAsOf + nbf - now }
      }
      break
    case 'ask':
      if (remedy.as === 'audience') told.use = { ...use, peer: (links.at(-1) as PlottedLink).to.did }
      if (remedy.as === 'well-formed') told.use = without(use, 'args')
      if (remedy.as === 'constrained') {
        const where = links[link ?? 0]?.fields['where'] as { value: string }[]
        const query = where[Number(detail.split(' ')[0])]?.value
        told.use = { ...use, args: encodeBody({ query, limit: 10 }) }
      }
      break
    case 'invoke':
      told.invocation = {}
      told.invoker = (links.at(-1) as PlottedLink).to
      told.executor = without(executor, 'replayWindow')
      break
    case 'learn':
      told.moment = { ...moment, freshAsOf: now }
      break
    case 'vouch':
      told.executor = { ...executor, standingOf: () => ({ score: 1000, confidence: 1000 }) }
  }
}

/** Whoever issues the others again says in them what was said before, faults and all. */
function issueFrom({ links }: Plot, from: number): void {
  for (const link of links.slice(from)) {
    delete link.issued
    delete link.isVoid
  }
}

function putRight(told: Plot, from: number, term: ReissueTerm): void {
  const link = told.links[from] as PlottedLink
  const unsay = (...names: string[]): void => {
    link.fields = without(link.fields, ...names)
  }
  switch (term) {
    case 'delegation':
      link.type = 'delegation'
      break
    case 'form':
      unsay('extra', 'iat', 'nbf', 'exp')
      break
    case 'issuer':
      link.by = told.links[from - 1]?.to ?? alice
      delete link.forge
      break
    case 'root':
      if (from === 0) link.by = alice
      unsay('root')
      break
    case 'depth':
      for (const each of told.links.slice(from)) each.fields = without(each.fields, 'depth')
      break
    case 'end':
      unsay('exp')
      break
    case 'window':
      unsay('nbf', 'exp')
      break
    case 'count':
      told.executor = without(told.executor, 'useCounters')
      break
    case 'can':
    case 'net':
    case 'parent':
      unsay(term)
  }
}

function isInTheWay({ links, knowledge }: Plot, at: number, past: 'repeated' | 'revoked'): boolean {
  const { to } = links[at] as PlottedLink
  if (past === 'revoked') return knowledge.isRevoked(to.did)
  return [links[0]?.by, ...links.slice(0, at).map((link) => link.to)].includes(to)
}

/** Where there is none of these, a plot has what is right. */
function without<Said extends object>(said: Said, ...names: string[]): Said {
  return Object.fromEntries(Object.entries(said).filter(([name]) => !names.includes(name))) as Said
}

/** Somebody else in the place of the audience of a link. */
function replace(told: Plot, whom: Identity, at: number): void {
  const { links } = told
  const instead = crowd[at] as Identity
  const [link, following] = [links[at] as PlottedLink, links[at + 1]]
  link.to = instead
  if (following?.by === whom) following.by = instead
  issueFrom(told, at)
}
