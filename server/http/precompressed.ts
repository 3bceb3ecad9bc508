import { readdirSync } from 'node:fs'
import { extname } from 'node:path'
import type { RequestHandler, Response } from 'express'

const extensions = { br: '.br', gzip: '.gz' } as const

/** Rewrites the URL to a file compressed at build time, if it exists and the client accepts its encoding, for the express.static that follows. */
export function precompressed(root: string): RequestHandler {
  const files = new Set(readdirSync(root, { recursive: true, encoding: 'utf8' }).map((file) => `/${file}`))
  return (req, res, next) => {
    const path = req.path === '/' ? '/index.html' : req.path
    const encodings = (['br', 'gzip'] as const).filter((encoding) => files.has(path + extensions[encoding]))
    if (encodings.length === 0 || (req.method !== 'GET' && req.method !== 'HEAD')) return next()
    res.vary('Accept-Encoding')
    // Brotli first, because it is smaller: browsers list gzip before br without preferring it (RFC 9110, section 12.5.3).
    const encoding = encodings.find((encoding) => req.acceptsEncodings(encoding))
    if (encoding) req.url = path + extensions[encoding]
    next()
  }
}

/** For express.static's `setHeaders`: sets the Content-Type of the uncompressed file and Content-Encoding. */
export function setContentEncoding(res: Response, path: string): void {
  const extension = extname(path)
  const encoding = (['br', 'gzip'] as const).find((encoding) => extensions[encoding] === extension)
  if (encoding) res.type(extname(path.slice(0, -extension.length))).set('Content-Encoding', encoding)
}
