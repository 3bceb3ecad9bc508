import express, { type Request, type RequestHandler, type Router } from 'express'
import { FRAME_MAX_BYTES } from '../../../protocol/limits.ts'
import { FaultError } from '../../domain/fault-error.ts'
import { formatZodError } from '../../domain/format-zod-error.ts'
import { answer } from '../answer.ts'
import { securityHeaders } from '../static-files.ts'
import { parseBody } from './body.ts'
import { docsPage } from './docs-page.ts'
import { docsStyle } from './docs-style.ts'
import { type Fields, parseEncoded } from './encoded.ts'
import type { Endpoint, RestDeps } from './endpoint.ts'
import { endpoints } from './endpoints.ts'
import { openApi } from './openapi.ts'
import { authenticate, enforceRate } from './sender.ts'

/** For programs that speak plain HTTP: four addresses, and the document that describes them, for programs and people. */
export function rest(parts: RestDeps): Router {
  const router = express.Router()
  for (const endpoint of endpoints) {
    const { path, method } = endpoint
    if (method === 'post') router.post(path, express.raw({ type: () => true, limit: FRAME_MAX_BYTES }))
    router[method](path, handle(endpoint, parts))
    router.all(path, rejectOtherMethods(method === 'get' ? 'GET, HEAD' : 'POST'))
  }
  const document = openApi(parts)
  const page = docsPage(document)
  return router
    .get('/api/openapi.json', (_req, res) => {
      res.json(document)
    })
    .get('/api/docs', securityHeaders, (_req, res) => {
      res.type('html').send(page)
    })
    .get('/api/docs.css', securityHeaders, (_req, res) => {
      res.type('css').send(docsStyle)
    })
}

function handle(endpoint: Endpoint, parts: RestDeps): RequestHandler {
  return async (req, res) => {
    try {
      const given = endpoint.method === 'post' ? await parseBody(req.body, req) : parseEncoded(queryString(req))
      const { success, data, error } = endpoint.input.safeParse(withHeaders(given, endpoint, req))
      if (!success) throw new FaultError('bad_input', `${formatZodError(error)} See /api/docs.`)
      const user = await authenticate(req, parts)
      const { restPerSecond, peers } = parts
      await enforceRate(`from:${peers.network(req)}`, { perSecond: restPerSecond, burst: restPerSecond }, parts)
      const value = await endpoint.answer(data, { req, user }, parts)
      res.status(endpoint.status).set('Cache-Control', 'no-store')
      answer(res, value)
    } catch (error) {
      parts.metrics.refused(error instanceof FaultError ? error.code : 'unavailable')
      throw error
    }
  }
}

/** Fields that came as headers stand among the others. */
function withHeaders(given: unknown, { headers = {} }: Endpoint, req: Request): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given
  const fields: Fields = Object.assign(Object.create(null), given)
  for (const [field, header] of Object.entries(headers)) {
    // draft-ietf-httpapi-idempotency-key-header: a string in quotation marks; many send it without.
    const value = req.get(header)?.replace(/^"(.*)"$/, '$1')
    if (value === undefined) continue
    if (fields[field] !== undefined && fields[field] !== value) {
      throw new FaultError('bad_input', `${field}: is not what the header ${header} says. Send one of them.`)
    }
    fields[field] = value
  }
  return fields
}

const queryString = ({ url }: Request): string => (url.includes('?') ? url.slice(url.indexOf('?') + 1) : '')

/** RFC 9110, section 15.5.6. */
function rejectOtherMethods(methods: string): RequestHandler {
  return ({ method, path }, res) => {
    res.set('Allow', methods)
    if (method !== 'OPTIONS') throw new FaultError('method_not_allowed', `${path} takes ${methods}.`)
    res.status(204).end()
  }
}
