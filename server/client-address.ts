import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import type { TLSSocket } from 'node:tls'
import proxyaddr from 'proxy-addr'

/** The addresses of clients, from X-Forwarded-* headers of trusted proxies; those of other peers are ignored. */
export class ClientAddresses {
  readonly #trusted: (address: string, hop: number) => boolean

  constructor(trustedProxies: readonly string[]) {
    this.#trusted = proxyaddr.compile([...trustedProxies])
  }

  /** Empty if the connection has already ended. */
  address(req: IncomingMessage): string {
    return proxyaddr(req, this.#trusted) ?? ''
  }

  /** The key of per-address limits: an IPv4 address, or the /64 of an IPv6 address, since a customer usually gets a whole /64. */
  network(req: IncomingMessage): string {
    return networkOf(this.address(req))
  }

  /** The X-Request-Id of a trusted proxy. It is the same when the proxy retries the request at another node after a timeout. */
  requestId(req: IncomingMessage): string | undefined {
    const id = req.headers['x-request-id']
    return typeof id === 'string' && this.#trusted(req.socket.remoteAddress ?? '', 0) ? id : undefined
  }

  /** The TCP port of the client, as seen by the first trusted proxy, if any. */
  port(req: IncomingMessage): number {
    const { remoteAddress = '', remotePort = 0 } = req.socket
    const seen = this.#trusted(remoteAddress, 0) ? Number(req.headers['x-forwarded-client-port']) : 0
    return seen || remotePort
  }

  /** The origin of a page that this server serves: the scheme and host that the browser requested. */
  ownOrigin(req: IncomingMessage): string {
    const forwarded = this.#trusted(req.socket.remoteAddress ?? '', 0) ? req.headers['x-forwarded-proto'] : undefined
    const scheme =
      forwarded?.toString().split(',')[0]?.trim() ?? ((req.socket as TLSSocket).encrypted ? 'https' : 'http')
    return `${scheme}://${req.headers.host ?? ''}`.toLowerCase()
  }
}

/** The /64 of an IPv6 address, such as `2001:db8:0:1::/64`; an IPv4 address unchanged, or unmapped from `::ffff:`. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]!
  const plain = address.split('%', 1)[0]!
  if (!isIPv6(plain)) return address
  const [before = '', after] = plain.split('::') as [string, string?]
  const groups = before === '' ? [] : before.split(':')
  // An IPv4 address at the end counts as two groups.
  const behind = after ? after.split(':') : []
  const length = [...groups, ...behind].reduce((sum, group) => sum + (group.includes('.') ? 2 : 1), 0)
  if (after !== undefined) groups.push(...Array<string>(8 - length).fill('0'), ...behind)
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}
