import { CONTRACTS, type Contract, mayActAs, OPERATOR } from '@trustmesh/mesh-node/admin'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AdminFixture, pathOf, roles } from './fixture.ts'

const contracts: readonly Contract[] = Object.values(CONTRACTS)
const REFUSED: readonly string[] = ['401 admin.unauthenticated', '429 admin.rate-limited']

let fixture: AdminFixture
/** Tokens of those who are nobody. */
let nobodies: Readonly<Record<string, string | null>>

const login = async (can: string) => {
  const operator = await fixture.operator(can)
  return { did: operator.identity.did, token: (await fixture.signIn(operator)).json.token as string }
}

beforeAll(async () => {
  // What is refused for its role is refused for that, and not for how many came before.
  fixture = await AdminFixture.start({ rate: { perSecond: 1e6, burst: 1e6 } })
  const expired = await login(OPERATOR.admin)
  fixture.time.pass(900_000)
  const revoked = await login(OPERATOR.admin)
  expect((await fixture.post('/v1/revocations', { did: revoked.did, reason: 'x' })).status).toBe(201)
  nobodies = {
    'no token': null,
    'a wrong token': `tmad_${'A'.repeat(43)}`,
    'an expired login': expired.token,
    'a revoked operator': revoked.token,
  }
})
afterAll(() => fixture.stop())

describe('every route of the admin API', () => {
  it('P1 has a contract, and every contract a route', () => {
    expect([...fixture.admin.routes].sort()).toEqual(contracts.map(({ method, path }) => `${method} ${path}`).sort())
    expect(contracts.map(({ id }) => id)).toEqual(Object.keys(CONTRACTS))
  })

  it('P1 is for somebody who is known, but for the two by which they become so', () => {
    const forAnybody = contracts.filter(({ role }) => role === 'anybody')
    expect(forAnybody.map(({ id }) => id)).toEqual(['createChallenge', 'createLogin'])
  })

  it.each(contracts.map((contract) => [`${contract.method} ${contract.path}`, contract] as const))(
    'P1, P9 %s is there for those who may use it, and for nobody else',
    async (_, contract) => {
      const isForAnybody = contract.role === 'anybody'
      for (const [who, token] of Object.entries(nobodies)) {
        // Whoever fails and fails is told to wait, which is the same refusal.
        const said = await answerTo(contract, token)
        expect([who, REFUSED.includes(said), said]).toEqual([who, !isForAnybody, said])
      }
      for (const role of roles) {
        for (const token of [fixture.tokens[role], (await login(OPERATOR[role])).token]) {
          const said = await answerTo(contract, token)
          const mayUse = contract.role === 'anybody' || mayActAs(role, contract.role)
          expect([role, said === '403 admin.forbidden', said]).toEqual([role, !mayUse, said])
          expect(REFUSED).not.toContain(said)
        }
      }
    },
  )
})

/** The status and code of what is answered to a request that has nothing in it but who asks. */
async function answerTo(contract: Contract, token: string | null): Promise<string> {
  const aborted = new AbortController()
  const response = await fetch(fixture.admin.url + pathOf(contract), {
    method: contract.method,
    signal: aborted.signal,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(contract.method === 'POST' && { 'content-type': 'application/json' }),
    },
    // What no route has a use for: whoever may use one is told so.
    ...(contract.method === 'POST' && { body: '{"nothing":1}' }),
  })
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json')
  const { code = '' } = isProblem ? ((await response.json()) as { code: string }) : {}
  // Streams end when nobody listens.
  aborted.abort()
  return `${response.status} ${code}`
}
