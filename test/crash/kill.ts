import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'

/** Every line that the program printed before SIGKILL struck, which it does so many ms after the first of them. */
export async function runUntilKilled(program: string, args: readonly string[], afterMs: number): Promise<Set<string>> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines = new Set<string>()
  for await (const line of createInterface({ input: child.stdout })) {
    if (lines.size === 0) setTimeout(() => child.kill('SIGKILL'), afterMs)
    lines.add(line)
  }
  expect(await exited).toEqual([null, 'SIGKILL'])
  return lines
}
