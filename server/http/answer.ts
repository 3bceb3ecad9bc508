import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import { faults } from '../../protocol/faults.ts'
import { FaultError, unavailable } from '../domain/fault-error.ts'
import type { Journal } from '../domain/journal.ts'
import { retryAfter } from '../refuse-connection.ts'

/** The same JSON as on the socket; `besides` stands beside it. */
export function answer(res: Response, value: unknown, besides: object = {}): void {
  res.json({ ...besides, ok: true, value })
}

/** The one place where an error becomes an answer. */
export function faultHandler(log: Logger, journal?: Pick<Journal, 'record'>): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error)
    const faultError = toFaultError(error) ?? surprise(error, req.path)
    const { status } = faults[faultError.code]
    // RFC 9110, section 15.5.2.
    if (status === 401) res.set('WWW-Authenticate', 'Bearer realm="hubbub"')
    res.status(status).set(retryAfter(faultError)).json({ ok: false, fault: faultError.fault })
  }

  function surprise(error: unknown, path: string): FaultError {
    journal?.record({ kind: 'error', way: 'http', reason: `${path}: ${error}` })
    log.error({ err: error }, 'a request failed unexpectedly')
    return unavailable('Something went wrong here, and was noted. Try again.')
  }
}

export const notFound: RequestHandler = ({ method, path }) => {
  throw new FaultError('not_found', `There is no ${method} ${path.slice(0, 100)} here.`)
}

/** Express's body parsers and router throw errors with a status; those are the asker's fault. */
function toFaultError(error: unknown): FaultError | undefined {
  if (error instanceof FaultError) return error
  const status = (error as { status?: unknown } | null)?.status
  if (status === 413) return new FaultError('too_large', 'The body is too large; 100 kB is the most.')
  if (status === 415)
    return new FaultError('unsupported_type', 'This encoding of a body is not known here; send it plain, in UTF-8.')
  if (status === 404) return new FaultError('not_found', 'There is nothing here.')
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined
  return new FaultError('bad_input', 'The request could not be read: send well-formed JSON in UTF-8.')
}
