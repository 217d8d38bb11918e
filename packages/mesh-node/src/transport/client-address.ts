import { isIP } from 'node:net'

/**
 * Whom a request comes from (threat P11): the other end of the socket, or, where that is a trusted proxy, the nearest address
 * in `X-Forwarded-For` that is none. What stands before that anybody may have written.
 */
export function clientAddress(
  socketAddress: string,
  forwardedFor: string | undefined,
  isProxy: (address: string) => boolean,
): string {
  const hops = (forwardedFor ?? '')
    .split(',')
    .slice(-MAX_HOPS)
    .map((hop) => addressIn(hop.trim()))
  let address = socketAddress
  while (isProxy(address)) {
    const next = hops.pop()
    if (next === undefined || next === '') break
    address = next
  }
  return address
}

const MAX_HOPS = 16

/** Some proxies add a port. What is no address is empty. */
function addressIn(hop: string): string {
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\](?::\d{1,5})?|(\d+\.\d+\.\d+\.\d+):\d{1,5})$/i.exec(hop) ?? []
  const address = bracketed ?? plain ?? hop
  return isIP(address) === 0 ? '' : address
}
