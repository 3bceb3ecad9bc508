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

/** The REST API: four endpoints, their OpenAPI document at /api/openapi.json, and the document as a page at /api/docs. */
export function rest(deps: RestDeps): Router {
  const router = express.Router()
  for (const endpoint of endpoints) {
    const { path, method } = endpoint
    if (method === 'post') router.post(path, express.raw({ type: () => true, limit: FRAME_MAX_BYTES }))
    router[method](path, handle(endpoint, deps))
    router.all(path, rejectOtherMethods(method === 'get' ? 'GET, HEAD' : 'POST'))
  }
  const document = openApi(deps)
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

function handle(endpoint: Endpoint, deps: RestDeps): RequestHandler {
  return async (req, res) => {
    try {
      const fields = endpoint.method === 'post' ? await parseBody(req.body, req) : parseEncoded(queryString(req))
      const { success, data, error } = endpoint.input.safeParse(withHeaders(fields, endpoint, req))
      if (!success) throw new FaultError('bad_input', `${formatZodError(error)} See /api/docs.`)
      const user = await authenticate(req, deps)
      const { restPerSecond, peers } = deps
      await enforceRate(`from:${peers.network(req)}`, { perSecond: restPerSecond, burst: restPerSecond }, deps)
      const value = await endpoint.answer(data, { req, user }, deps)
      res.status(endpoint.status).set('Cache-Control', 'no-store')
      answer(res, value)
    } catch (error) {
      deps.metrics.refused(error instanceof FaultError ? error.code : 'unavailable')
      throw error
    }
  }
}

/** Adds the fields that were sent as headers. */
function withHeaders(body: unknown, { headers = {} }: Endpoint, req: Request): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const fields: Fields = Object.assign(Object.create(null), body)
  for (const [field, header] of Object.entries(headers)) {
    // draft-ietf-httpapi-idempotency-key-header: a quoted string; many clients omit the quotation marks.
    const value = req.get(header)?.replace(/^"(.*)"$/, '$1')
    if (value === undefined) continue
    if (fields[field] !== undefined && fields[field] !== value) {
      throw new FaultError('bad_input', `${field}: differs from the ${header} header. Send only one of them.`)
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
    if (method !== 'OPTIONS') throw new FaultError('method_not_allowed', `${path} supports ${methods} only.`)
    res.status(204).end()
  }
}
