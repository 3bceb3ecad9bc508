import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import express, { type RequestHandler, type Router } from 'express'

const YEAR_MS = 365 * 86_400_000

/** The browser client, as Vite built it: files under /assets carry a hash of their content in their name. */
export function page(clientDir: string): Router {
  const root = resolve(clientDir)
  const router = express.Router().use(safely)
  if (!existsSync(join(root, 'index.html'))) {
    return router.get('/', (_req, res) => {
      res.status(404).type('text').send(`There is no page in ${clientDir}; make it with: npm run build\n`)
    })
  }
  return (
    router
      .use('/assets', express.static(join(root, 'assets'), { immutable: true, maxAge: YEAR_MS, index: false }))
      // The view of the cluster is a page of its own, so that the chat need not load what draws its plots.
      .use(
        express.static(root, { extensions: ['html'], setHeaders: (res) => res.setHeader('Cache-Control', 'no-cache') }),
      )
  )
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

const safely: RequestHandler = (_req, res, next) => {
  res.set({ 'Content-Security-Policy': CSP, 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' })
  next()
}
