import { beforeAll, describe, expect, it } from 'vitest'
import { EVENT_KINDS, severityOfEvent } from '../../packages/mesh-node/src/events/event.ts'
import { buildNode, NodeProcess } from '../e2e/kit.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { complaintsOf, guide, patternOf, printsOf, textOf } from './guide.ts'

const PATH = 'docs/guides/watching.md'

describe(`the code in ${PATH}`, () => {
  beforeAll(buildNode, 180_000)

  it('is of types that there are, and does what its comments say', async () => {
    const program = await guide(PATH)
    expect(complaintsOf([program])).toEqual([])
    await using home = await temporaryFolder()
    const env = { TRUSTMESH_WEBHOOKS_ALLOW_LOOPBACK: 'true' }
    await using node = await NodeProcess.start({ home: home.path, env })
    const { url, token } = node.operator
    const printed = await printsOf(program, { TRUSTMESH_ADMIN: url, TRUSTMESH_TOKEN: token })
    expect(printed).toEqual(program.prints.map((line) => expect.stringMatching(patternOf(line))))
  })
})

describe(`the table in ${PATH}`, () => {
  it('has every kind, as grave as it is', async () => {
    const rows = (await textOf(PATH)).matchAll(/^\| (`[a-z].*?) \| ([a-z, ]+) \|/gm)
    const told = [...rows].flatMap(([, kinds = '', severities = '']) => {
      const [first = '', ...others] = severities.split(', ')
      return kinds.split(', ').map((kind, n) => [kind.replaceAll('`', ''), n === 0 ? first : (others[n - 1] ?? first)])
    })
    expect(told.sort()).toEqual(EVENT_KINDS.map((kind) => [kind, severityOfEvent(kind)]).sort())
  })
})
