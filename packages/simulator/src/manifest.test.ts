import { describe, expect, it } from 'vitest'
import { commandOf, type Manifest, manifestText, parseManifest } from './manifest.ts'

const manifest: Manifest = {
  ...{ apiVersion: 'trustmesh/v1', kind: 'Simulation', scenario: { name: 'sybil', sha256: 'ab' } },
  ...{
    simulator: '0.1.0',
    seed: '42',
    runs: 30,
    settings: { agents: '200', note: "it's" },
    sweep: { halfLife: ['1d', '7d'] },
  },
}

describe(parseManifest, () => {
  it.each([
    ['no JSON', '{'],
    ['another thing', '{"kind":"Agent"}'],
    ['one with what no manifest has', JSON.stringify({ ...manifest, more: 1 })],
    ['no runs', JSON.stringify({ ...manifest, runs: 0 })],
    ['a sweep through nothing', JSON.stringify({ ...manifest, sweep: { halfLife: [] } })],
    ['what is too long to be one', `${manifestText(manifest)}${' '.repeat(1_000_000)}`],
  ])('refuses %s', (_, text) => {
    expect(() => parseManifest(text)).toThrow(expect.objectContaining({ code: 'manifest.malformed' }))
  })

  it('reads what was written, byte for byte', () => {
    const text = manifestText(manifest)
    expect(manifestText(parseManifest(text))).toBe(text)
  })
})

describe(commandOf, () => {
  it('is what somebody types to get the same', () => {
    expect(commandOf(manifest)).toBe(
      `trustmesh sim run sybil --agents 200 --note 'it'\\''s' --sweep halfLife=1d,7d --runs 30 --seed 42`,
    )
    const scenario = { ...manifest.scenario, path: './mine/scenario.js' }
    expect(commandOf({ ...manifest, scenario, firstRun: 3 })).toMatch(/ run \.\/mine\/scenario\.js .* --from-run 3 /)
  })
})
