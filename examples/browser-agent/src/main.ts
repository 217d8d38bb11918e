import { parseDid } from '@trustmesh/identity'
import { joinMesh, MeshError } from '@trustmesh/sdk'

// Beside the page, where whoever serves it has put it: where the node is, and which mesh that is. It is no secret.
const join: unknown = await (await fetch('join.json')).json()
// Each name is an identity of its own, made once and kept by the browser.
const name = new URLSearchParams(location.search).get('name') ?? 'browser-agent'

const mesh = await joinMesh({ name, join })
show('did', mesh.did)

// Whoever the mesh does not know gets a denial that says why; this function never sees them.
mesh.on('ask', { minTier: 'known' }, (question, peer) => {
  log(`${peer.did} asked: ${question}`)
  return `${name} is here, and you asked: ${question}`
})

element('ask').addEventListener('submit', (event) => {
  event.preventDefault()
  const fields = new FormData(element('ask') as HTMLFormElement, event.submitter)
  const { to, question, act } = Object.fromEntries(fields) as Record<string, string>
  const done = act === 'vouch' ? vouch(to) : ask(to, question)
  done.then(log, (error: unknown) => log(whyNot(error)))
})

for await (const { state } of mesh.status()) show('status', state)

async function ask(to: string | undefined, question: string | undefined): Promise<string> {
  return `It answered: ${await mesh.request(parseDid(to), 'ask', question)}`
}

async function vouch(to: string | undefined): Promise<string> {
  await mesh.attest(parseDid(to), { value: 1000 })
  return `Vouched for ${to}`
}

function whyNot(error: unknown): string {
  const denial = error instanceof MeshError ? error.denial : undefined
  return denial ? `Denied: ${denial.why.join('; ')} → ${denial.fix}` : `Failed: ${error}`
}

function log(text: string): void {
  const line = document.createElement('li')
  line.textContent = text
  element('log').append(line)
}

function show(id: string, text: string): void {
  element(id).textContent = text
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (!found) throw new Error(`the page has no #${id}`)
  return found
}
