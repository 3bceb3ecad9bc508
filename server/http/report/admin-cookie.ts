import type { Request, Response } from 'express'
import type { ClientAddresses } from '../../client-address.ts'
import type { AdminTokens } from '../../domain/admin-token.ts'
import { bearerToken } from '../bearer.ts'

const COOKIE_NAME = 'hubbub_report'
const MAX_AGE_MS = 30 * 86_400_000

/** The paths that require the admin token. The cookie is set for these paths only. */
export const ADMIN_PATHS = ['/report', '/report.json', '/report.csv', '/logs', '/logs.json'] as const

/** Exchanges the admin token for a session cookie (RFC 6265; SameSite: RFC 6265bis). Returns false if the token is wrong. */
export function setAdminCookie(
  token: string,
  req: Request,
  res: Response,
  { admin, peers }: AdminCookieOptions,
): boolean {
  const cookie = admin.createCookie(token, Date.now() + MAX_AGE_MS)
  if (cookie === undefined) return false
  const secure = peers.ownOrigin(req).startsWith('https:')
  for (const path of ADMIN_PATHS) {
    const options = { path, maxAge: MAX_AGE_MS, httpOnly: true, sameSite: 'strict', secure } as const
    res.cookie(COOKIE_NAME, cookie, options)
  }
  return true
}

/** Whether the request is authenticated by the cookie, or by the admin token in `Authorization: Bearer` (RFC 6750, section 2.1). */
export function hasAdminCookie(req: Request, adminTokens: AdminTokens): boolean {
  const token = bearerToken(req)
  if (token !== undefined) return adminTokens.accepts(token)
  const cookies = (req.headers.cookie ?? '').split(/; */)
  // Cookies do not depend on the port: another cluster on this host may have set one of the same name for a wider path.
  const candidates = cookies.filter((cookie) => cookie.startsWith(`${COOKIE_NAME}=`)).slice(0, 4)
  return candidates.some((cookie) => adminTokens.acceptsCookie(wellFormed(cookie.slice(COOKIE_NAME.length + 1))))
}

export interface AdminCookieOptions {
  admin: AdminTokens
  peers: ClientAddresses
}

/** The value if it consists of the characters of a signed cookie, which needs no percent-decoding; else ''. */
const wellFormed = (value: string): string => (/^[\w.-]+$/.test(value) ? value : '')
