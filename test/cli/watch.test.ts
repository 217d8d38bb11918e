import { describe, expect, it } from 'vitest'
import { refuse, StandIn } from './stand-in.ts'
import { Terminal } from './terminal.ts'

function event(id: number, severity = 'notice'): string {
  const data = { id, time: new Date(0).toISOString(), kind: 'revocation.applied', severity }
  return `id: ${id}\nevent: revocation.applied\ndata: ${JSON.stringify(data)}\n\n`
}

describe('watch', () => {
  it('ends where it is refused', async () => {
    await using person = await Terminal.open()
    await using node = await StandIn.open({
      'GET /v1/events': (_, response) => refuse(response, 403, 'admin.forbidden'),
    })
    expect(await person.run(['watch'], { env: node.env })).toMatchObject({ exitCode: 4 })
  })

  it('takes up where it was when the connection breaks, and says so', async () => {
    await using person = await Terminal.open()
    const since: unknown[] = []
    await using node = await StandIn.open({
      'GET /v1/events': ({ headers }, response) => {
        since.push(headers['last-event-id'])
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        // In the middle of an event, which therefore has not been.
        if (since.length === 1)
          response.write(`: hello\n\n${event(7)}${event(8).slice(0, 30)}`, () => response.destroy())
        else response.write(event(8))
      },
    })
    const { stdout, stderr, exitCode } = await person.run(['watch', '--count', '2', '--json'], { env: node.env })
    const ids = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).data.id)
    expect([exitCode, ids, since]).toEqual([0, [7, 8], [undefined, '7']])
    expect(stderr).toContain('once more')
  })

  it('shows only what is grave enough', async () => {
    await using person = await Terminal.open()
    await using node = await StandIn.open({
      'GET /v1/events': (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(event(1, 'info') + event(2, 'notice') + event(3, 'critical'))
      },
    })
    const { stdout } = await person.run(['watch', '--count', '1', '--severity', 'critical', '--json'], {
      env: node.env,
    })
    expect(JSON.parse(stdout).data.id).toBe(3)
  })
})
