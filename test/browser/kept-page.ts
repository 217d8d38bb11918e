/** What a page keeps things with, at hand for the tests. */

import { openPageDatabase } from '../../packages/sdk/src/platform/page-database.ts'
import { openPageKept, openPageUses } from '../../packages/sdk/src/platform/page-kept.ts'
import type { Kept, Uses } from '../../packages/sdk/src/platform/platform.ts'

const tools = { openPageDatabase, openPageKept, openPageUses }

declare global {
  var keeping: typeof tools
  var kept: Kept
  var uses: Uses
}

globalThis.keeping = tools
