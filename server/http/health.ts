import type { IncomingMessage, ServerResponse } from 'node:http'
import express, { type Router } from 'express'
import type { Registry } from 'prom-client'

export interface Health {
  node: string
  registry: Registry
}

/** For operators: GET /healthz (liveness) and GET /metrics (Prometheus). */
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
 * Answers GET and HEAD /readyz and returns true; returns false for any other request. The status is 503 while
 * `unavailableReason` returns a reason not to accept new sessions. `storeFailure` is reported without changing the status.
 * It runs ahead of Express, because the load balancer probes it before new WebSockets and Express's overhead was visible
 * in the profile of every reconnect storm.
 */
export function readiness(
  node: string,
  {
    unavailableReason,
    storeFailure,
  }: { unavailableReason: () => string | undefined; storeFailure: () => string | undefined },
) {
  return ({ url, method }: IncomingMessage, res: ServerResponse): boolean => {
    if (url !== '/readyz' || (method !== 'GET' && method !== 'HEAD')) return false
    const unavailable = unavailableReason()
    const ready = unavailable === undefined
    const reason = unavailable ?? storeFailure()
    // The load balancer reads the node's name from the header: it caches the response briefly and does not read its body.
    res.writeHead(ready ? 200 : 503, { 'Content-Type': 'application/json; charset=utf-8', 'X-Node': node })
    res.end(JSON.stringify({ node, ready, ...(reason !== undefined && { reason }) }))
    return true
  }
}
