import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ClientAddresses } from './client-address.ts'
import { FaultError } from './domain/fault-error.ts'

/**
 * Pages of other origins are refused, on both transports and on HTTP, unless they are named; requests without an
 * Origin (no browser) pass. For named ones the headers of the Fetch standard's CORS protocol are set.
 */
export class OriginPolicy {
  readonly #allowed: ReadonlySet<string>

  constructor(
    allowed: readonly string[],
    private readonly peers: ClientAddresses,
  ) {
    this.#allowed = new Set(allowed)
  }

  /** Undefined for a request that may pass. */
  refusal(req: IncomingMessage): FaultError | undefined {
    const { origin } = req.headers
    if (origin === undefined || this.#allowed.has(origin) || origin.toLowerCase() === this.peers.ownOrigin(req)) return
    return new FaultError('forbidden_origin', 'This origin is not allowed here; name it in ALLOWED_ORIGINS.')
  }

  /** True when that was all: the request was a preflight. */
  applyCors(req: IncomingMessage, res: ServerResponse): boolean {
    const { origin } = req.headers
    if (origin === undefined || !this.#allowed.has(origin)) return false
    res.setHeader('Access-Control-Allow-Origin', origin)
    res.setHeader('Vary', 'Origin')
    if (req.method !== 'OPTIONS' || req.headers['access-control-request-method'] === undefined) return false
    res.setHeader('Access-Control-Allow-Methods', 'GET, POST')
    res.setHeader('Access-Control-Allow-Headers', 'Content-Type, Authorization, Idempotency-Key')
    res.setHeader('Access-Control-Max-Age', '600')
    res.writeHead(204).end()
    return true
  }
}
