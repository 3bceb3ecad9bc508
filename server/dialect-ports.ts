import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { KEEP_ALIVE_MS } from '../protocol/limits.ts'

/** The ports of the original chat servers of these dialects. */
const DEFAULT_PORTS = { strangers: 3000, json: 8081, events: 8765 } as const

type WithPort = keyof typeof DEFAULT_PORTS
export type DialectPort = { dialect: WithPort; port: number }

/** `on`, `off`, or a list such as `json:9000,events:9001`; undefined for anything else. */
export function parseDialectPorts(text: string): DialectPort[] | undefined {
  if (text === 'off') return []
  const list = text === 'on' ? Object.entries(DEFAULT_PORTS) : text.split(',').map((item) => item.trim().split(':'))
  const ports = list.map(([dialect, port]) => ({ dialect: dialect as WithPort, port: Number(port) }))
  const fits = ({ dialect, port }: DialectPort) => Object.hasOwn(DEFAULT_PORTS, dialect) && port >= 1 && port <= 65_535
  const once = new Set(ports.map(({ port }) => port)).size === ports.length
  return once && ports.every((each) => fits(each) && Number.isInteger(each.port)) ? ports : undefined
}

export interface RequestHandler {
  request(req: IncomingMessage, res: ServerResponse): void
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void
}

/** Forwards requests on a dialect's port to the path of the dialect on the main port. In a cluster the load balancer does so. */
export function dialectServer(dialect: WithPort, handler: RequestHandler, timeouts: ServerOptions): Server {
  const translated = (req: IncomingMessage, webSocket: boolean) => {
    req.url = rewriteUrl(dialect, req.url ?? '/', webSocket)
    return req
  }
  const request = (req: IncomingMessage, res: ServerResponse) => handler.request(translated(req, false), res)
  return createServer({ keepAliveTimeout: KEEP_ALIVE_MS, ...timeouts }, request).on('upgrade', (req, socket, head) =>
    handler.upgrade(translated(req, true), socket, head),
  )
}

/** nginx/edge.sh generates the same rules for nginx. */
export function rewriteUrl(dialect: WithPort, url: string, webSocket: boolean): string {
  const path = url.split('?', 1)[0]!
  const isDialect = dialect === 'json' ? path === '/ws' : webSocket && !path.startsWith('/socket.io/')
  if (isDialect) return `/ws/${dialect}`
  return path === '/' && !webSocket ? `/dialects/${dialect}` : url
}
