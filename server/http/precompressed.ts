import { readdirSync } from 'node:fs'
import { extname } from 'node:path'
import type { RequestHandler, Response } from 'express'

const endings = { br: '.br', gzip: '.gz' } as const

/** Lets express.static, next, find the form of a file that was compressed when it was built, for those who take it. */
export function precompressed(root: string): RequestHandler {
  const files = new Set(readdirSync(root, { recursive: true, encoding: 'utf8' }).map((file) => `/${file}`))
  return (req, res, next) => {
    const path = req.path === '/' ? '/index.html' : req.path
    const forms = (['br', 'gzip'] as const).filter((form) => files.has(path + endings[form]))
    if (forms.length === 0 || (req.method !== 'GET' && req.method !== 'HEAD')) return next()
    res.vary('Accept-Encoding')
    // The smaller form first: browsers name gzip before br without preferring it (RFC 9110, section 12.5.3).
    const form = forms.find((form) => req.acceptsEncodings(form))
    if (form) req.url = path + endings[form]
    next()
  }
}

/** For express.static's `setHeaders`: says what a compressed file is when it is unpacked. */
export function setContentEncoding(res: Response, path: string): void {
  const ending = extname(path)
  const form = (['br', 'gzip'] as const).find((form) => endings[form] === ending)
  if (form) res.type(extname(path.slice(0, -ending.length))).set('Content-Encoding', form)
}
