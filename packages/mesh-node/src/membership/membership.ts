import {
  type Clock,
  type Did,
  IdentityError,
  openStatement,
  parseEnvelope,
  type Random,
  type Statement,
  type Verified,
} from '@trustmesh/identity'
import type { Applicant, Refusal } from '@trustmesh/protocol'
import {
  AGENT,
  type Delegation,
  faultOfHeld,
  type Issuance,
  issueDelegation,
  issueRevocation,
  JOIN,
  MEMBER,
  parseDelegation,
  parseRevocation,
  type StatementSet,
  TrustError,
} from '@trustmesh/trust'
import type { Mesh } from '../mesh.ts'
import type { NodeKeys } from '../mesh-keys.ts'
import { MAX_MEMBERSHIP_MS } from './certificate.ts'

export interface MembershipOptions {
  readonly mesh: Mesh
  readonly keys: NodeKeys
  /** What is held of the mesh, with `admission`. */
  readonly set: StatementSet
  /** Puts a statement in force, and resolves once it is durable. */
  readonly accept: (statement: Verified<Statement>) => Promise<unknown>
  readonly clock: Clock
  readonly random: Random
  /** How many agents this node may have admitted, as the set has it. */
  readonly maxSponsored: number
}

/** How long an agent that this node has admitted is not displaced by later ones. */
const SETTLED_MS = 30 * 86_400_000
const NOT_INVITED: Refusal = { refusal: 'not-invited', proof: [] }
const BUSY: Refusal = { refusal: 'busy', proof: [] }
/** By so much a membership is extended at least. */
const WORTHWHILE_MS = 30 * 86_400_000
/** Statements that one issuer may have revoked. */
const MAX_RETRACTIONS = 256
/** From the root to a member, and from an inviter to a guest. */
const MAX_MEMBER_LINKS = 3
const GUEST_LINKS = 2

/** Who belongs to the mesh: its nodes, and the agents for which this node answers. */
export class Membership {
  readonly #options: MembershipOptions
  readonly #issuance: Issuance
  /** Whoever is being made known now. */
  readonly #admitting = new Map<string, Promise<Refusal | null>>()
  /** Invitations that are being used now. */
  readonly #used = new Set<string>()
  /** Until when there is no room for more agents, as long as none of them goes: ms. */
  #isFullUntil = Number.NEGATIVE_INFINITY

  constructor(options: MembershipOptions) {
    this.#options = options
    this.#issuance = { net: options.mesh.net, clock: options.clock, random: options.random }
  }

  /** What this node shows to be taken for a member: the chain that lasts longest. */
  shown(): readonly Uint8Array[] {
    const { keys } = this.#options
    const links = this.chainOf(keys.node.did)
    return links.length > 0 ? links : keys.chain
  }

  /** The envelopes by which a node is a member, as far as they are held. */
  chainOf(did: Did): readonly Uint8Array[] {
    const { set, clock } = this.#options
    return (set.membershipOf(did, clock.now()) ?? []).flatMap(({ id }) => set.get(id)?.bytes ?? [])
  }

  /** Whether a node belongs to the mesh now, by what is held or by what it shows (threat F1). */
  isMember(did: Did, shown: readonly Uint8Array[] = []): boolean {
    const { mesh, set, clock } = this.#options
    if (set.membershipOf(did, clock.now())) return true
    const links = delegationsIn(shown)
    if (links.length > MAX_MEMBER_LINKS || links.at(-1)?.aud !== did) return false
    return !faultOfHeld(links, { net: mesh.net, root: mesh.root, can: MEMBER, knowledge: set }, clock.now())
  }

  /**
   * Why somebody who has proved who it is may not come in, or `null`. Whoever may and is not known yet is made known first,
   * durably: an agent by this node as its sponsor. A node that shows an invitation is told by which chain it is a member from
   * now on, and comes back with that. Rejects with a store's error.
   */
  async admit({
    did,
    purpose,
    attachments,
  }: Pick<Applicant, 'did' | 'purpose' | 'attachments'>): Promise<Refusal | null> {
    if (purpose === 'agent') return this.#once(`agent ${did}`, () => this.#sponsor(did, attachments))
    if (purpose !== 'node') return NOT_INVITED
    const isGuest = delegationsIn(attachments)[0]?.can === JOIN.node
    if (isGuest) return this.#once(`node ${did}`, () => this.#enrol(did, attachments))
    return this.isMember(did, attachments) ? null : NOT_INVITED
  }

  /**
   * Why a statement may not come in from an agent, and from a member only now and then, though the set would hold it:
   * revocations stay, whoever issued them, and so their number has its bound where they come from (threats R7, K8). What is
   * revoked already needs no other word of it: each would be verified and passed on by everybody (threat F4).
   * Throws `TrustError` where it breaks the rules of its type.
   */
  refusalOf(statement: Verified<Statement>): 'set.not-admitted' | 'set.quota' | 'set.superseded' | null {
    const { mesh, set } = this.#options
    const { id, type, signer } = statement
    const isOfGovernor = signer === mesh.root || mesh.authorities.includes(signer)
    if (type !== 'revocation' || isOfGovernor || set.has(id)) return null
    const { target } = parseRevocation(statement)
    if (!set.isKnown('did' in target ? target.did : signer)) return 'set.not-admitted'
    if ('did' in target) return set.isRevoked(target.did) ? 'set.superseded' : null
    if (set.isVoid(target.iss, target.id)) return 'set.superseded'
    return set.retractionsBy(signer) >= MAX_RETRACTIONS ? 'set.quota' : null
  }

  /**
   * Gives the members whom this node's authority has made the time that its own chain has gained since. Rejects with a store's
   * error. Whose membership is revoked stays so.
   */
  async extend(): Promise<void> {
    const { keys, set, accept, clock } = this.#options
    const { authority } = keys
    const parent = authority && set.membershipOf(authority.did, clock.now())?.at(-1)
    if (!parent) return
    const exp = Math.min(parent.exp, clock.now() + MAX_MEMBERSHIP_MS)
    const ends = new Map<Did, number>()
    for (const { iss, id, aud, can, ...link } of set.delegationsBy(authority.did)) {
      if (can === MEMBER && !set.isVoid(iss, id)) ends.set(aud, Math.max(link.exp, ends.get(aud) ?? 0))
    }
    for (const [aud, end] of ends) {
      if (set.isRevoked(aud) || end + WORTHWHILE_MS > exp) continue
      await accept(await issueDelegation(authority, { aud, can: MEMBER, parent, exp }, this.#issuance))
    }
  }

  /** Whoever comes twice at once, as the same, is made known once. */
  #once(whoAsWhat: string, admit: () => Promise<Refusal | null>): Promise<Refusal | null> {
    const underWay = this.#admitting.get(whoAsWhat)
    if (underWay !== undefined) return underWay
    const admitting = admit().finally(() => this.#admitting.delete(whoAsWhat))
    this.#admitting.set(whoAsWhat, admitting)
    return admitting
  }

  /** Makes a node a member that this node's authority has invited, and voids the invitation everywhere: it brings in one. */
  async #enrol(did: Did, attachments: readonly Uint8Array[]): Promise<Refusal> {
    const { keys, set, accept, clock } = this.#options
    const { authority } = keys
    const answer = (): Refusal => ({ ...NOT_INVITED, proof: [...this.chainOf(did)] })
    // It may not have heard the answer the first time.
    if (this.isMember(did)) return answer()
    const invitation = this.#invitationOf(did, JOIN.node, attachments)
    const parent = authority && set.membershipOf(authority.did, clock.now())?.at(-1)
    if (!parent || invitation?.iss !== authority.did || this.#used.has(invitation.id)) return NOT_INVITED
    const { iss, id } = invitation
    this.#used.add(id)
    try {
      await accept(await issueRevocation(authority, { target: { iss, id }, reason: 'used' }, this.#issuance))
      const exp = Math.min(parent.exp, clock.now() + MAX_MEMBERSHIP_MS)
      await accept(await issueDelegation(authority, { aud: did, can: MEMBER, parent, exp }, this.#issuance))
    } finally {
      this.#used.delete(id)
    }
    return answer()
  }

  /**
   * Answers for an agent. Of those admitted lately none is displaced by newcomers, however many there are (threats K8, T2);
   * whoever stays is admitted anew in time.
   */
  async #sponsor(did: Did, attachments: readonly Uint8Array[]): Promise<Refusal | null> {
    const { mesh, keys, set, accept, clock } = this.#options
    const now = clock.now()
    const isAdmitted = set.isAdmitted(did)
    const admissions = set.delegationsTo(did).filter(({ can }) => can === AGENT)
    const isRecent = ({ iat }: Delegation): boolean => iat > now - SETTLED_MS / 2
    if (isAdmitted && (admissions.length === 0 || admissions.some(isRecent))) return null
    if (!isAdmitted && mesh.admission === 'invited' && !this.#invitationOf(did, JOIN.agent, attachments)) {
      return NOT_INVITED
    }
    if (this.#isFull(now)) return isAdmitted ? null : BUSY
    await accept(
      await issueDelegation(keys.node, { aud: did, can: AGENT, exp: now + MAX_MEMBERSHIP_MS }, this.#issuance),
    )
    return set.isAdmitted(did) ? null : BUSY
  }

  /** Whether there is no room for another agent but that of one who was admitted lately. */
  #isFull(now: number): boolean {
    const { keys, set, maxSponsored } = this.#options
    if (set.countAdmissionsBy(keys.node.did) < maxSponsored) return false
    // None of them becomes older than the oldest was: newcomers do not have all looked through each time (threat K8).
    if (now < this.#isFullUntil) return true
    const sponsored = set.delegationsBy(keys.node.did).filter(({ can }) => can === AGENT)
    if (sponsored.length < maxSponsored) return false
    this.#isFullUntil = sponsored.reduce((oldest, { iat }) => Math.min(oldest, iat), now) + SETTLED_MS
    return now < this.#isFullUntil
  }

  /** The invitation that brings a guest in: of an authority or a member, to a key that has passed it on to the guest. */
  #invitationOf(did: Did, can: string, attachments: readonly Uint8Array[]): Delegation | null {
    const { mesh, set, clock } = this.#options
    const links = delegationsIn(attachments)
    const [invitation] = links
    if (!invitation || links.length !== GUEST_LINKS || links.at(-1)?.aud !== did) return null
    const root = invitation.iss
    const mayInvite = mesh.authorities.includes(root) || this.isMember(root)
    const grant = { net: mesh.net, root, can, knowledge: set }
    return mayInvite && !faultOfHeld(links, grant, clock.now()) ? invitation : null
  }
}

/** The delegations among what somebody shows; none where one of them is broken. */
function delegationsIn(attachments: readonly Uint8Array[]): readonly Delegation[] {
  try {
    const envelopes = attachments.filter((bytes) => parseEnvelope(bytes).type === 'delegation')
    return envelopes.slice(0, MAX_MEMBER_LINKS + 1).map((bytes) => parseDelegation(openStatement(bytes)))
  } catch (error) {
    if (error instanceof IdentityError || error instanceof TrustError) return []
    throw error
  }
}
