import { type Did, type Identity, identityFromSeed } from '@trustmesh/identity'
import type { Answering } from '../src/answering.ts'
import { MeshError } from '../src/mesh-error.ts'
import { Dice } from './dice.ts'
import { HostilePost } from './hostile-post.ts'
import type { Parcel } from './post.ts'
import { PostAgent } from './post-agent.ts'
import { VirtualTime } from './virtual-time.ts'

const CANARY = 'what nobody but the two may read'
const PEOPLE = [1, 2, 3].map((byte) => identityFromSeed(new Uint8Array(32).fill(byte)))
const PATIENT_MS = 3_600_000
const MOODS = [0, 20, 100, 300, 1_000] as const
const SIZES = [0, 0, 0, 0, 0, 0, 100, 3_000, 3_000, 60_000, 60_000, 200_000] as const
const FEW = 12

type Kind = 'one-way' | 'request' | 'stream'

/** Something that was said, and what became of it. */
interface Said {
  readonly id: number
  readonly by: PostAgent
  readonly to: Did
  readonly kind: Kind
  readonly body: Uint8Array
  readonly at: number
  readonly timeoutMs: number
  readonly controller: AbortController
  /** To which programs it was handed. */
  readonly handedTo: PostAgent[]
  isSettled: boolean
}

/** A claim of the tests that does not hold. */
class Violation extends Error {}

function claim(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Violation(what)
}

/** Three agents that speak to each other through a hostile node, as a seed has it; whoever breaks a promise is found out. */
export class HostileWorld {
  readonly #time = new VirtualTime()
  readonly #dice: Dice
  readonly #post: HostilePost
  #agents: PostAgent[]
  readonly #said = new Map<number, Said>()
  /** By both programs, the last that was handed from one to the other. */
  readonly #last = new Map<PostAgent, Map<PostAgent, number>>()
  #violation: unknown
  /** How often each thing has happened, so that a test can tell that it did. */
  readonly counts: { [what: string]: number } = {}

  constructor(seed: number) {
    this.#dice = new Dice(seed)
    this.#post = new HostilePost(this.#time, this.#dice, () => this.#agents)
    this.#post.rate = this.#dice.pick(MOODS)
    const { carry } = this.#post
    this.#post.carry = (parcel, ack) => {
      this.#watch(() => this.#look(parcel))
      carry(parcel, ack)
    }
    this.#agents = PEOPLE.map((identity) => this.#start(identity))
  }

  /** So many things happen; then the node is kind, and everything comes to its end. */
  async play(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      this.#step()
      await this.#time.pass(this.#dice.pick([0, 1, 5, 20, 100, 1_000, 6_000]))
      this.#check()
    }
    await this.#calm()
  }

  async #calm(): Promise<void> {
    this.#post.rate = 0
    for (const agent of this.#agents) {
      agent.isOnline = true
      agent.hasRoom = true
    }
    // Whoever waits for a program that has ended learns that when it says something.
    for (const agent of this.#agents)
      for (const { did } of this.#agents) if (did !== agent.did) this.#say(agent, 'one-way', did)
    const open = () => [...this.#said.values()].filter(({ isSettled }) => !isSettled)
    await this.#time.until(() => open().length === 0, 300_000)
    this.#check()
    claim(open().length === 0, `${open().map(({ kind }) => kind)} are neither delivered nor rejected`)
    // Handlers may still run for those who have given up, and streams for those who are gone.
    await this.#time.pass(1_000_000)
    this.#check()
    for (const agent of this.#agents) {
      for (const { did } of this.#agents) {
        if (did === agent.did) continue
        claim(!agent.isBusyWith(did), 'something is remembered of what has ended')
        claim(agent.conversations.with(did).isQuiet, 'something is still to be said')
      }
    }
    for (const { conversations } of this.#agents) conversations.end('mesh.closed', 'closed')
    await this.#time.pass(1_000)
    this.#check()
    for (const { timers } of this.#agents) claim(timers.size === 0, 'a timer runs on')
  }

  #step(): void {
    const { below, pick } = bound(this.#dice)
    const agent = this.#agents[below(3)] as PostAgent
    const say = (): void => {
      for (let count = 1 + below(4); count > 0; count--) this.#say(agent, pick(['one-way', 'request', 'stream']))
    }
    const change = (): void => {
      this.#post.rate = pick(MOODS)
    }
    const restart = (): void => this.#restart(below(3))
    const fail = (): void => this.#failToAnswer()
    const connect = (): void => {
      agent.isOnline = !agent.isOnline
    }
    const fill = (): void => {
      agent.hasRoom = !agent.hasRoom
    }
    const act = pick([
      ...([say, say, say, say, say, say, say, change, change, restart, connect, connect, fill] as const),
      ...([() => this.#giveUp(), fail, fail, () => this.#post.replay(), () => this.#post.forgeAck()] as const),
    ])
    this.#watch(act)
  }

  #start(identity: Identity): PostAgent {
    const dice = new Dice(this.#dice.below(2 ** 32))
    const agent: PostAgent = new PostAgent({
      ...{ identity, post: this.#post, time: this.#time, dice },
      handle: (answering) => this.#handle(agent, answering),
    })
    return agent
  }

  #restart(place: number): void {
    const agent = this.#agents[place] as PostAgent
    agent.crash()
    this.#count('restarts')
    for (const said of this.#said.values()) if (said.by === agent) said.isSettled = true
    this.#agents[place] = this.#start(PEOPLE[place] as Identity)
  }

  #giveUp(): void {
    this.#anyOpen()?.controller.abort()
  }

  /** A program ends that owes somebody an answer. */
  #failToAnswer(): void {
    const asked = this.#anyOpen(({ handedTo: [program] }) => program !== undefined && this.#agents.includes(program))
    if (asked) this.#restart(this.#agents.indexOf(asked.handedTo[0] as PostAgent))
  }

  #anyOpen(isMeant: (said: Said) => boolean = () => true): Said | undefined {
    const open = [...this.#said.values()].filter((said) => !said.isSettled && isMeant(said))
    return open[this.#dice.below(open.length)]
  }

  #say(by: PostAgent, kind: Kind, to: Did = this.#post.other(by.did)): void {
    const id = this.#said.size
    const { pick, below } = bound(this.#dice)
    const body = new TextEncoder().encode(`${id} ${CANARY} ${'.'.repeat(pick(SIZES))}`)
    const [timeoutMs, controller] = [pick([500, 10_000, PATIENT_MS]), new AbortController()]
    const said: Said = {
      id,
      by,
      to,
      kind,
      body,
      at: this.#time.now,
      timeoutMs,
      controller,
      handedTo: [],
      isSettled: false,
    }
    this.#said.set(id, said)
    const options = { timeoutMs, signal: controller.signal }
    if (kind === 'stream') return this.#follow(said, this.#take(said, below(FEW)))
    if (kind === 'one-way') {
      return this.#follow(
        said,
        by.calls.send(to, { body }, options).then(() => this.#requireHanded(said)),
      )
    }
    const answered = by.calls.request(to, { body }, options).then(({ body }) => {
      this.#requireHanded(said)
      claim(new TextDecoder().decode(body) === `${id} ${CANARY}`, 'a reply answers something else')
    })
    this.#follow(said, answered)
  }

  async #take({ by, to, body, id, timeoutMs, controller: { signal } }: Said, few: number): Promise<void> {
    let taken = 0
    const stream = by.calls.stream(to, { body }, { timeoutMs, signal })
    for await (const item of stream) {
      claim(item === `${id} ${taken++} ${CANARY}`, 'a stream has a gap, or items of another')
      if (this.#dice.chance(100)) await this.#wait(this.#dice.below(15_000))
      if (taken === few) return
    }
    claim(taken === lengthOf(id), 'a stream has ended too early')
  }

  #follow(said: Said, outcome: Promise<void>): void {
    const { at, kind, timeoutMs } = said
    const settle = (code: string): void => {
      // Of a program that has ended nobody expects anything.
      if (said.isSettled) return
      said.isSettled = true
      this.#count(`${kind}: ${code}`)
      // The time of a stream is that of its longest silence.
      if (kind !== 'stream') claim(this.#time.now <= at + timeoutMs, 'a deadline has passed')
    }
    outcome.then(
      () => this.#watch(() => settle('ok')),
      (error: unknown) => {
        this.#watch(() => {
          if (error instanceof Violation || !(error instanceof MeshError)) throw error
          settle(error.code)
        })
      },
    )
  }

  #requireHanded({ handedTo }: Said): void {
    claim(handedTo.length === 1, 'what is said to have arrived was not handed over')
  }

  #handle(agent: PostAgent, answering: Answering): void | Promise<void> {
    const { body, kind } = answering.message
    let isSlow = false
    this.#watch(() => {
      const said = this.#said.get(Number.parseInt(new TextDecoder().decode(body), 10))
      claim(said !== undefined && Buffer.compare(said.body, body) === 0, 'somebody is handed what nobody said')
      claim(said.by.did === answering.from && said.kind === kind, 'somebody is said to have said it who did not')
      claim(said.to === agent.did, 'it was not for this agent')
      said.handedTo.push(agent)
      claim(said.handedTo.length === 1, 'M13: it was handed over twice')
      const last = this.#last.get(said.by) ?? new Map<PostAgent, number>()
      claim((last.get(agent) ?? -1) < said.id, 'it was handed over out of order')
      this.#last.set(said.by, last.set(agent, said.id))
      this.#count('handed')
      isSlow = this.#dice.chance(150)
      void this.#answer(answering, said.id)
    })
    return isSlow ? this.#wait(this.#dice.pick([1, 50, 300, 8_000])) : undefined
  }

  async #answer(answering: Answering, id: number): Promise<void> {
    const bytes = (text: string) => new TextEncoder().encode(text)
    if (this.#dice.chance(500)) await this.#wait(this.#dice.pick([1, 50, 3_000]))
    if (answering.message.kind !== 'stream') return void answering.end('reply', bytes(`${id} ${CANARY}`))
    for (let item = 0; item < lengthOf(id); item++) {
      if (!(await answering.mayGoOn())) break
      answering.item(textBody(`${id} ${item} ${CANARY}`))
      if (this.#dice.chance(100)) await this.#wait(this.#dice.below(3_000))
    }
    answering.end('end')
  }

  #look({ body }: Parcel): void {
    this.#count('packets')
    claim(!Buffer.from(body.buffer, body.byteOffset, body.length).includes(CANARY), 'a packet can be read')
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#time.after(ms, resolve))
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }

  #watch(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#violation ??= error
    }
  }

  #check(): void {
    if (this.#violation) throw this.#violation
  }
}

/** How many items the stream of that id has. */
function lengthOf(id: number): number {
  return (id * 7) % 60
}

function bound(dice: Dice): Pick<Dice, 'below' | 'pick' | 'chance'> {
  return {
    below: (count) => dice.below(count),
    pick: (items) => dice.pick(items),
    chance: (thousandths) => dice.chance(thousandths),
  }
}

/** A text as a body holds it: of up to 255 bytes. */
function textBody(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  return Uint8Array.of(0xd9, bytes.length, ...bytes)
}
