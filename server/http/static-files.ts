import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import express, { type RequestHandler, type Response, type Router } from 'express'
import { precompressed, setContentEncoding } from './precompressed.ts'

const YEAR_S = 365 * 86_400

/** The browser client, as Vite built it: files under /assets carry a hash of their content in their name. */
export function staticFiles(clientDir: string): Router {
  const root = resolve(clientDir)
  const router = express.Router().use(securityHeaders)
  if (!existsSync(join(root, 'index.html'))) {
    return router.get('/', (_req, res) => {
      res.status(404).type('text').send(`There is no page in ${clientDir}; make it with: npm run build\n`)
    })
  }
  const sent = (cacheControl: string) => (res: Response, path: string) => {
    res.set('Cache-Control', cacheControl)
    setContentEncoding(res, path)
  }
  const assets = { index: false, setHeaders: sent(`public, max-age=${YEAR_S}, immutable`) } as const
  // By `extensions` /cluster is cluster.html: a page of its own, so that the chat need not load what draws its plots.
  const pages = { extensions: ['html'], setHeaders: sent('no-cache') }
  return router
    .use(precompressed(root))
    .use('/assets', express.static(join(root, 'assets'), assets))
    .use(express.static(root, pages))
}

/** Content Security Policy Level 3: everything from here, nothing inline, nobody frames us. */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

export const securityHeaders: RequestHandler = (_req, res, next) => {
  res.set({ 'Content-Security-Policy': CSP, 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' })
  next()
}
