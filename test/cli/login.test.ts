import type { IncomingMessage, ServerResponse } from 'node:http'
import { generateIdentity, meshIdOf } from '@trustmesh/identity'
import { systemClock, systemRandom } from '@trustmesh/identity/node'
import { Chain } from '@trustmesh/sdk'
import { issueDelegation } from '@trustmesh/trust'
import { describe, expect, it } from 'vitest'
import { type Answers, refuse, reply, StandIn } from './stand-in.ts'
import { Terminal } from './terminal.ts'

const node = generateIdentity(systemRandom).did
const HOUR_MS = 3_600_000

/** A node that gives out one token after the other, and lets in whoever has the last. */
function signingIn(): { answers: Answers; forget(): void } {
  let given = 0
  const isIn = ({ headers }: IncomingMessage): boolean => headers.authorization === `Bearer tmlg_${given}`
  const whenIn = (body: object) => (request: IncomingMessage, response: ServerResponse) =>
    isIn(request) ? reply(response, 200, body) : refuse(response, 401, 'admin.unauthenticated')
  const answers: Answers = {
    'POST /v1/login/challenge': { challenge: 'a', expiresAt: Date.now() + HOUR_MS },
    'POST /v1/login': (_, response) => {
      given += 1
      reply(response, 201, { token: `tmlg_${given}`, role: 'admin', expiresAt: Date.now() + HOUR_MS })
    },
    'GET /v1/whoami': whenIn({ name: 'x', role: 'admin' }),
    'GET /v1/agents': whenIn({ items: [], cursor: null }),
  }
  return {
    answers,
    forget: () => {
      given += 1
    },
  }
}

async function chainFor(person: Terminal, key: string): Promise<{ root: string; chain: string }> {
  const root = generateIdentity(systemRandom)
  const { data } = await person.json('id', 'new', key, '--operator')
  const issuance = { net: meshIdOf(root.did), clock: systemClock, random: systemRandom }
  const { did: aud } = data as { did: never }
  const { bytes } = await issueDelegation(root, { aud, can: '/mesh/operator' }, issuance)
  return { root: root.did, chain: Chain.from([bytes]).toString() }
}

const loginsIn = (standIn: StandIn): number => standIn.asked.filter((asked) => asked === 'POST /v1/login').length

describe('signing in', () => {
  it('refuses a chain that is for somebody else', async () => {
    await using person = await Terminal.open()
    const { chain } = await chainFor(person, 'alice')
    await person.run(['id', 'new', 'mallory', '--operator'])
    const stolen = await person.json(
      'login',
      '--admin',
      'http://127.0.0.1:1',
      '--node',
      node,
      '--key',
      'mallory',
      '--chain',
      chain,
    )
    expect(stolen).toMatchObject({ exitCode: 2, error: { code: 'cli.usage' } })
  })

  it('signs nothing for a node of which it does not know who that is', async () => {
    await using person = await Terminal.open()
    const { chain } = await chainFor(person, 'alice')
    await using standIn = await StandIn.open(signingIn().answers)
    const login = await person.json('login', '--admin', standIn.url, '--key', 'alice', '--chain', chain)
    expect([login.exitCode, login.error?.code, standIn.asked]).toEqual([4, 'cli.no-credential', []])
  })

  it('is done once, and again by itself where the node knows it no more', async () => {
    await using person = await Terminal.open()
    const { chain } = await chainFor(person, 'alice')
    const { answers, forget } = signingIn()
    await using standIn = await StandIn.open(answers)
    const login = ['login', '--admin', standIn.url, '--node', node, '--key', 'alice', '--chain', chain]
    expect((await person.run(login)).exitCode).toBe(0)
    expect((await person.run(['agents'])).exitCode).toBe(0)
    expect(loginsIn(standIn)).toBe(1)
    forget()
    expect((await person.run(['agents'])).exitCode).toBe(0)
    expect(loginsIn(standIn)).toBe(2)
  })

  it('is not tried for ever where it comes to nothing', async () => {
    await using person = await Terminal.open()
    const { chain } = await chainFor(person, 'alice')
    const { answers } = signingIn()
    await using standIn = await StandIn.open({
      ...answers,
      'GET /v1/agents': (_, response) => refuse(response, 401, 'admin.unauthenticated'),
    })
    await person.run(['login', '--admin', standIn.url, '--node', node, '--key', 'alice', '--chain', chain])
    expect((await person.run(['agents'])).exitCode).toBe(4)
    expect(loginsIn(standIn)).toBe(2)
  })
})
