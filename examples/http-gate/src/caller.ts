/** Gets the report: `node caller.js SERVICE URL`, the Did of the service and where it serves; and again at each line of input. */

import { createInterface } from 'node:readline'
import { joinMesh, MeshError, parseDid } from '@trustmesh/sdk'

const [service, url = ''] = [parseDid(process.argv[2]), process.argv[3]]
await using mesh = await joinMesh({ name: 'caller' })
console.log(`calling as ${mesh.did}`)
let pass = ''

await get()
for await (const _ of createInterface({ input: process.stdin })) await get()

async function get(): Promise<void> {
  try {
    let response = await fetchReport()
    if (response.status === 401) {
      pass = (await mesh.request(service, 'pass')) as string
      response = await fetchReport()
    }
    console.log(`${response.status} ${await response.text()}`)
  } catch (error) {
    if (!(error instanceof MeshError && error.denial)) throw error
    console.log(`no pass: ${error.denial.code} → ${error.denial.fix}`)
  }
}

async function fetchReport(): Promise<Response> {
  return await fetch(url, { headers: { authorization: `Bearer ${pass}` } })
}
