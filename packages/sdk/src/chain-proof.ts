/** What a chain is verified with: loaded when the first is shown. */

export { isCurrent, LinkCache, verifyChain } from '@trustmesh/trust'
