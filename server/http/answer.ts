import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import { faults } from '../../protocol/faults.ts'
import { FaultError, unavailable } from '../domain/fault-error.ts'
import type { Journal } from '../domain/journal.ts'
import { retryAfter } from '../refuse-connection.ts'

/** Sends the same JSON as a socket acknowledgement, `{ok: true, value}`; the fields of `extra` are added at its top level. */
export function answer(res: Response, value: unknown, extra: object = {}): void {
  res.json({ ...extra, ok: true, value })
}

/** Maps every error of a request to a response. Unexpected errors are logged and answered with `unavailable`. */
export function faultHandler(log: Logger, journal?: Pick<Journal, 'record'>): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error)
    const faultError = toFaultError(error) ?? unexpected(error, req.path)
    const { status } = faults[faultError.code]
    // RFC 9110, section 15.5.2.
    if (status === 401) res.set('WWW-Authenticate', 'Bearer realm="hubbub"')
    res.status(status).set(retryAfter(faultError)).json({ ok: false, fault: faultError.fault })
  }

  function unexpected(error: unknown, path: string): FaultError {
    journal?.record({ kind: 'error', way: 'http', reason: `${path}: ${error}` })
    log.error({ err: error }, 'a request failed unexpectedly')
    return unavailable('Something went wrong. The error was logged. Try again.')
  }
}

export const notFound: RequestHandler = ({ method, path }) => {
  throw new FaultError('not_found', `${method} ${path.slice(0, 100)} does not exist.`)
}

/** Express's body parsers and router throw errors with a 4xx status for invalid requests. */
function toFaultError(error: unknown): FaultError | undefined {
  if (error instanceof FaultError) return error
  const status = (error as { status?: unknown } | null)?.status
  if (status === 413) return new FaultError('too_large', 'The request body is too large; the limit is 100 kB.')
  if (status === 415)
    return new FaultError('unsupported_type', 'Unsupported Content-Encoding; send the body uncompressed, in UTF-8.')
  if (status === 404) return new FaultError('not_found', 'There is nothing at this address.')
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined
  return new FaultError('bad_input', 'The request is malformed; send valid JSON in UTF-8.')
}
