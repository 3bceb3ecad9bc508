import type { IncomingMessage, ServerResponse } from 'node:http'
import express, { type Router } from 'express'
import type { Registry } from 'prom-client'

export interface Health {
  node: string
  registry: Registry
}

/** For whoever runs the node: is it alive, what does it measure. */
export function health({ node, registry }: Health): Router {
  return express
    .Router()
    .get('/healthz', (_req, res) => {
      res.json({ node, alive: true })
    })
    .get('/metrics', async (_req, res) => {
      res.type(registry.contentType).send(await registry.metrics())
    })
}

/**
 * May it have new sessions? `closed` says why not, and `failure` what else the store refuses. Answers GET /readyz, and returns whether it did. Ahead of Express,
 * since the edge asks before each new WebSocket, and the way through Express showed in the profile of every storm.
 */
export function readiness(
  node: string,
  { closed, failure }: { closed: () => string | undefined; failure: () => string | undefined },
) {
  return ({ url, method }: IncomingMessage, res: ServerResponse): boolean => {
    if (url !== '/readyz' || (method !== 'GET' && method !== 'HEAD')) return false
    const why = closed()
    const ready = why === undefined
    const reason = why ?? failure()
    // The header is for the edge, which keeps an answer for a moment and reads no bodies.
    res.writeHead(ready ? 200 : 503, { 'Content-Type': 'application/json; charset=utf-8', 'X-Node': node })
    res.end(JSON.stringify({ node, ready, ...(reason !== undefined && { reason }) }))
    return true
  }
}
