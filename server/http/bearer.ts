import type { IncomingMessage } from 'node:http'

const SCHEME = 'bearer '

/** The token of an `Authorization: Bearer` header (RFC 6750, section 2.1); undefined if the header is missing or has another scheme. */
export function bearerToken({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const { authorization = '' } = headers
  if (authorization.slice(0, SCHEME.length).toLowerCase() !== SCHEME) return undefined
  return authorization.slice(SCHEME.length).trim() || undefined
}
