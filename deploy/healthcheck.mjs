/**
 * Whether the node on this machine serves, for a container's health check: ends with 0 or 1.
 * With a viewer's token in the file that TRUSTMESH_HEALTH_TOKEN_FILE names it asks whether the node is ready; without one,
 * whether it answers at all. HTTPS first, then HTTP, on the loopback, where nobody stands between.
 */

import { readFile } from 'node:fs/promises'
import { get } from 'node:http'
import { get as getTls } from 'node:https'

const { TRUSTMESH_HEALTH_TOKEN_FILE: file, TRUSTMESH_ADMIN_PORT: port = '4211' } = process.env
const token = file ? (await readFile(file, 'utf8')).trim() : ''

function statusOf(ask, protocol) {
  const options = {
    headers: token ? { authorization: `Bearer ${token}` } : {},
    rejectUnauthorized: false,
    timeout: 3_000,
  }
  return new Promise((resolve) => {
    const request = ask(`${protocol}://127.0.0.1:${port}/readyz`, options, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(0))
  })
}

const status = (await statusOf(getTls, 'https')) || (await statusOf(get, 'http'))
process.exitCode = status === 200 || (!token && status === 401) ? 0 : 1
