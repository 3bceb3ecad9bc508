import type { ErrorRequestHandler, Request, RequestHandler } from 'express'
import { faults } from '../../../protocol/faults.ts'
import { FaultError, unavailable } from '../../domain/fault-error.ts'
import { retryAfter } from '../../refuse-connection.ts'
import { type ADMIN_PATHS, type AdminCookieOptions, hasAdminCookie, setAdminCookie } from './admin-cookie.ts'
import { queryParams } from './query.ts'
import { errorPage } from './refusal-page.ts'

export interface RequireAdminOptions extends AdminCookieOptions {
  /** Why this node cannot serve requests; undefined if it can. */
  unavailableReason(): string | undefined
}

const TOKEN_MAX = 1_024

/** Whether to respond with HTML: unless the path has a file extension or the Accept header prefers JSON. */
export const wantsHtml = (req: Request): boolean =>
  !/[.]\w+$/.test(req.path) && req.accepts(['html', 'json']) === 'html'

/** The URL of the page without the token. */
function withoutToken(path: string, query: URLSearchParams): string {
  const remaining = new URLSearchParams(query)
  remaining.delete('token')
  return remaining.size > 0 ? `${path}?${remaining}` : path
}

/**
 * Admits requests with the admin token or its cookie; throws `unauthorized` and `unavailable`. A token in the query string
 * is exchanged for the cookie and removed by a redirect, so that it stays out of the browser history and Referer headers.
 */
export function requireAdmin(path: (typeof ADMIN_PATHS)[number], deps: RequireAdminOptions): RequestHandler {
  return (req, res, next) => {
    res.set({ 'Cache-Control': 'no-store', Vary: 'Accept' })
    const reason = deps.unavailableReason()
    if (reason !== undefined) throw unavailable(`${reason} Try again.`)
    const query = queryParams(req)
    const token = query.get('token')
    if (token === null) {
      if (hasAdminCookie(req, deps.admin)) return next()
      throw new FaultError(
        'unauthorized',
        'This page requires the admin token. The server prints the address of /report with the token when it starts.',
      )
    }
    if (token.length > TOKEN_MAX || !setAdminCookie(token.trim(), req, res, deps)) {
      throw new FaultError('unauthorized', 'Invalid admin token.')
    }
    res.redirect(303, withoutToken(path, query))
  }
}

/** Renders a FaultError as an HTML page if the request accepts HTML. Other errors go to the app's error handler. */
export const adminErrorHandler: ErrorRequestHandler = (error, req, res, next) => {
  if (!(error instanceof FaultError) || res.headersSent || !wantsHtml(req)) return next(error)
  const { status } = faults[error.code]
  // RFC 9110, section 15.5.2.
  if (status === 401) res.set('WWW-Authenticate', 'Bearer realm="hubbub"')
  res.status(status).set(retryAfter(error)).type('html').send(errorPage(status, error.message))
}
