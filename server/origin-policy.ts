import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ClientAddresses } from './client-address.ts'
import { FaultError } from './domain/fault-error.ts'

/**
 * Rejects requests from pages of other origins, on HTTP and both Socket.IO transports, unless the origin is in
 * ALLOWED_ORIGINS. Requests without an Origin header are accepted, since browsers always send it across origins. For
 * allowed origins, sets the CORS headers of the Fetch standard.
 */
export class OriginPolicy {
  readonly #allowed: ReadonlySet<string>

  constructor(
    allowed: readonly string[],
    private readonly peers: ClientAddresses,
  ) {
    this.#allowed = new Set(allowed)
  }

  /** The error for a rejected request; undefined if the request is allowed. */
  refusal(req: IncomingMessage): FaultError | undefined {
    const { origin } = req.headers
    if (origin === undefined || this.#allowed.has(origin) || origin.toLowerCase() === this.peers.ownOrigin(req)) return
    return new FaultError('forbidden_origin', 'This origin is not allowed here; name it in ALLOWED_ORIGINS.')
  }

  /** Sets the CORS headers. Returns true if the request was a preflight, which is then answered. */
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
