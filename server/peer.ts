import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import proxyaddr from 'proxy-addr'
import { networkOf } from './domain/network.ts'

/** Who is at the other end of a request, as far as trusted proxies tell; anybody else's X-Forwarded-* is ignored. */
export class Peers {
  readonly #trusted: (address: string, hop: number) => boolean

  constructor(trustedProxies: readonly string[]) {
    this.#trusted = proxyaddr.compile([...trustedProxies])
  }

  address(req: IncomingMessage): string {
    return proxyaddr(req, this.#trusted)
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
