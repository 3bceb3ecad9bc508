import type { ErrorRequestHandler, Request, RequestHandler } from 'express'
import { faults } from '../../../protocol/faults.ts'
import { FaultError, unavailable } from '../../domain/fault-error.ts'
import { retryAfter } from '../../refuse-connection.ts'
import { type ADMIN_PATHS, type AdminCookieOptions, hasAdminCookie, setAdminCookie } from './admin-cookie.ts'
import { queryParams } from './query.ts'
import { errorPage } from './refusal-page.ts'

export interface RequireAdminOptions extends AdminCookieOptions {
  /** Undefined while this node is well, else why it is not. */
  unavailableReason(): string | undefined
}

const TOKEN_MAX = 1_024

/** What is asked for: a page for people, unless the address or the Accept header says otherwise. */
export const wantsHtml = (req: Request): boolean =>
  !/[.]\w+$/.test(req.path) && req.accepts(['html', 'json']) === 'html'

/** The address of the page, at its own spelling and without the token. */
function withoutToken(path: string, asked: URLSearchParams): string {
  const kept = new URLSearchParams(asked)
  kept.delete('token')
  return kept.size > 0 ? `${path}?${kept}` : path
}

/**
 * Lets those pass who show the admin token. In the address it is taken for a pass and taken out at once, so that it stays
 * neither in the history nor in anybody's log of where people came from.
 */
export function requireAdmin(path: (typeof ADMIN_PATHS)[number], parts: RequireAdminOptions): RequestHandler {
  return (req, res, next) => {
    res.set({ 'Cache-Control': 'no-store', Vary: 'Accept' })
    const reason = parts.unavailableReason()
    if (reason !== undefined) throw unavailable(`${reason} Try again.`)
    const asked = queryParams(req)
    const token = asked.get('token')
    if (token === null) {
      if (hasAdminCookie(req, parts.admin)) return next()
      throw new FaultError(
        'unauthorized',
        'This is for those who run this server. Show the admin token: each start prints the address of /report with it.',
      )
    }
    if (token.length > TOKEN_MAX || !setAdminCookie(token.trim(), req, res, parts)) {
      throw new FaultError('unauthorized', 'This is not the admin token of this server.')
    }
    res.redirect(303, withoutToken(path, asked))
  }
}

/** A no, as a page where one was asked for. What is no Refusal is for the door to note. */
export const adminErrorHandler: ErrorRequestHandler = (error, req, res, next) => {
  if (!(error instanceof FaultError) || res.headersSent || !wantsHtml(req)) return next(error)
  const { status } = faults[error.code]
  // RFC 9110, section 15.5.2.
  if (status === 401) res.set('WWW-Authenticate', 'Bearer realm="hubbub"')
  res.status(status).set(retryAfter(error)).type('html').send(errorPage(status, error.message))
}
