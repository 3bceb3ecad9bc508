import type { Request, Response } from 'express'
import type { Peers } from '../../client-address.ts'
import type { AdminTokens } from '../../domain/admin-token.ts'
import { bearerToken } from '../bearer.ts'

const COOKIE_NAME = 'hubbub_report'
const MAX_AGE_MS = 30

/** Every address behind the admin token; the pass is sent to these and to nothing else. */
export const ADMIN_PATHS = ['/report', '/report.json', '/report.csv', '/logs', '/logs.json'] as const

/** Gives the browser a pass for a token; false when the token is not right. RFC 6265, and its SameSite of RFC 6265bis. */
export function setAdminCookie(
  token: string,
  req: Request,
  res: Response,
  { admin, peers }: AdminCookieOptions,
): boolean {
  const pass = admin.pass(token, Date.now() + MAX_AGE_MS * 86_400_000)
  if (pass === undefined) return false
  const secure = peers.ownOrigin(req).startsWith('https:')
  for (const path of ADMIN_PATHS) {
    const kept = { path, maxAge: MAX_AGE_MS * 86_400_000, httpOnly: true, sameSite: 'strict', secure } as const
    res.cookie(COOKIE_NAME, pass, kept)
  }
  return true
}

/** By a pass, or by the token itself: `Authorization: Bearer` (RFC 6750, section 2.1). */
export function hasAdminCookie(req: Request, adminTokens: AdminTokens): boolean {
  const token = bearerToken(req)
  if (token !== undefined) return adminTokens.admits(token)
  const cookies = (req.headers.cookie ?? '').split(/; */)
  // Another cluster on this host, on another port, may have given one of this name for a wider path.
  const passes = cookies.filter((cookie) => cookie.startsWith(`${COOKIE_NAME}=`)).slice(0, 4)
  return passes.some((cookie) => adminTokens.holds(wellFormed(cookie.slice(COOKIE_NAME.length + 1))))
}

export interface AdminCookieOptions {
  admin: AdminTokens
  peers: Peers
}

/** A pass has nothing to decode, so anything else is not one. */
const wellFormed = (value: string): string => (/^[\w.-]+$/.test(value) ? value : '')
