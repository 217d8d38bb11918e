/** What the page of an agent runs: nothing but to have at hand, for the tests, what a page could import. */

import * as exported from '@trustmesh/sdk'

declare global {
  var sdk: typeof exported
}

globalThis.sdk = exported
