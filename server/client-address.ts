import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import type { TLSSocket } from 'node:tls'
import proxyaddr from 'proxy-addr'

/** Who is at the other end of a request, as far as trusted proxies tell; anybody else's X-Forwarded-* is ignored. */
export class ClientAddresses {
  readonly #trusted: (address: string, hop: number) => boolean

  constructor(trustedProxies: readonly string[]) {
    this.#trusted = proxyaddr.compile([...trustedProxies])
  }

  /** Empty when the connection has ended already. */
  address(req: IncomingMessage): string {
    return proxyaddr(req, this.#trusted) ?? ''
  }

  /** Whose limits a request counts for: an IPv4 address, or the /64 of an IPv6 one, which is what one customer is given. */
  network(req: IncomingMessage): string {
    return networkOf(this.address(req))
  }

  /** The name that a trusted proxy gave to the request: the same one each time that it asks a node, after a silent one another. */
  requestId(req: IncomingMessage): string | undefined {
    const id = req.headers['x-request-id']
    return typeof id === 'string' && this.#trusted(req.socket.remoteAddress ?? '', 0) ? id : undefined
  }

  /** The TCP port of its client, as the trusted proxy in front saw it. */
  port(req: IncomingMessage): number {
    const { remoteAddress = '', remotePort = 0 } = req.socket
    const seen = this.#trusted(remoteAddress, 0) ? Number(req.headers['x-forwarded-client-port']) : 0
    return seen || remotePort
  }

  /** The origin that a page served here would have: the scheme and host that its browser asked for. */
  ownOrigin(req: IncomingMessage): string {
    const forwarded = this.#trusted(req.socket.remoteAddress ?? '', 0) ? req.headers['x-forwarded-proto'] : undefined
    const scheme =
      forwarded?.toString().split(',')[0]?.trim() ?? ((req.socket as TLSSocket).encrypted ? 'https' : 'http')
    return `${scheme}://${req.headers.host ?? ''}`.toLowerCase()
  }
}

/** The /64 of an IPv6 address, such as `2001:db8:0:1::/64`; an IPv4 address, mapped into IPv6 or not, as it is. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]!
  const plain = address.split('%', 1)[0]!
  if (!isIPv6(plain)) return address
  const [before = '', after] = plain.split('::') as [string, string?]
  const groups = before === '' ? [] : before.split(':')
  // An embedded IPv4 address at the end stands for two groups.
  const behind = after ? after.split(':') : []
  const length = [...groups, ...behind].reduce((sum, group) => sum + (group.includes('.') ? 2 : 1), 0)
  if (after !== undefined) groups.push(...Array<string>(8 - length).fill('0'), ...behind)
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}
