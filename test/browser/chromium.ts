import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

/** The browser of this machine, as Debian calls it. */
const NAME = 'chromium'

/** Whether a browser is here. Where it must be (in CI), absence is an error. */
export function hasChromium(): boolean {
  if (chromiumPath()) return true
  if (process.env['CI'] === 'true') throw new Error(`${NAME} is absent`)
  console.warn(`left out: agents in a browser, because ${NAME} is absent`)
  return false
}

/** Without a window; with its sandbox unless it runs as root, whom the sandbox does not let in. */
export async function launchChromium(): Promise<Browser> {
  const isRoot = process.getuid?.() === 0
  return await chromium.launch({ executablePath: chromiumPath() ?? NAME, args: isRoot ? ['--no-sandbox'] : [] })
}

function chromiumPath(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, NAME))
    .find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
