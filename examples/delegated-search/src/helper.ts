/** Borrows a search tool, uses it, and hands it on for less: `node helper.js RESEARCHER ASSISTANT`, their Dids. */

import { Chain, joinMesh, parseDid } from '@trustmesh/sdk'

const [researcher, assistant] = [parseDid(process.argv[2]), parseDid(process.argv[3])]
await using mesh = await joinMesh({ name: 'helper' })
console.log(`helping as ${mesh.did}`)

const chain = Chain.from(await mesh.request(researcher, 'borrow'))
const search = (corpus: string) => mesh.request(researcher, 'search', { corpus, query: 'Trust' }, { chain })

await tell('searches what is public', search('public'))
await tell('searches what is private', search('private'))
await tell('hands on every tool', mesh.delegate(assistant, { can: '/tool', from: chain }))

const less = await mesh.delegate(assistant, {
  can: '/tool/search',
  from: chain,
  where: [{ op: 'prefix', at: ['query'], value: 'Trust,' }],
})
const ask = (query: string) => mesh.request(assistant, 'look-up', { query, links: less.links })

await tell('has the assistant look for more', ask('T'))
await tell('has the assistant look for less', ask('Trust, and'))
await tell('searches a third time', search('public'))

await mesh.request(researcher, 'done')
await tell('searches after that', search('public'))
await tell('has the assistant search after that', ask('Trust, and'))

async function tell(what: string, done: Promise<unknown>): Promise<void> {
  console.log(`${what}: ${await done.then(JSON.stringify, whyNot)}`)
}

/** A denial of the other side comes as an error that has it; what this side does not even try, as one with a code. */
function whyNot(error: { code: string; denial?: { code: string; why: readonly string[] } }): string {
  return error.denial ? `refused, ${error.denial.code}: ${error.denial.why[0]}` : `failed, ${error.code}`
}
