import type { Request, Response } from 'express'
import type { Peers } from '../../client-address.ts'
import type { AdminTokens } from '../../domain/admin-token.ts'
import { bearerToken } from '../bearer.ts'

const NAME = 'hubbub_report'
const DAYS = 30

/** Every address behind the admin token; the pass is sent to these and to nothing else. */
export const PATHS = ['/report', '/report.json', '/report.csv', '/logs', '/logs.json'] as const

/** Gives the browser a pass for a token; false when the token is not right. RFC 6265, and its SameSite of RFC 6265bis. */
export function setAdminCookie(
  token: string,
  req: Request,
  res: Response,
  { admin, peers }: AdminCookieOptions,
): boolean {
  const pass = admin.pass(token, Date.now() + DAYS * 86_400_000)
  if (pass === undefined) return false
  const secure = peers.ownOrigin(req).startsWith('https:')
  for (const path of PATHS) {
    const kept = { path, maxAge: DAYS * 86_400_000, httpOnly: true, sameSite: 'strict', secure } as const
    res.cookie(NAME, pass, kept)
  }
  return true
}

/** By a pass, or by the token itself: `Authorization: Bearer` (RFC 6750, section 2.1). */
export function hasAdminCookie(req: Request, adminTokens: AdminTokens): boolean {
  const token = bearerToken(req)
  if (token !== undefined) return adminTokens.admits(token)
  const cookies = (req.headers.cookie ?? '').split(/; */)
  // Another cluster on this host, on another port, may have given one of this name for a wider path.
  const passes = cookies.filter((cookie) => cookie.startsWith(`${NAME}=`)).slice(0, 4)
  return passes.some((cookie) => adminTokens.holds(decoded(cookie.slice(NAME.length + 1))))
}

export interface AdminCookieOptions {
  admin: AdminTokens
  peers: Peers
}

/** A pass has nothing to decode, so anything else is not one. */
const decoded = (value: string): string => (/^[\w.-]+$/.test(value) ? value : '')
