import express, { type Router } from 'express'
import type { Registry } from 'prom-client'

export interface Health {
  node: string
  /** Undefined when new sessions are welcome, else why they are not. */
  closed(): string | undefined
  registry: Registry
}

/** For whoever runs the node: is it alive, may it have new sessions, what does it measure. */
export function health({ node, closed, registry }: Health): Router {
  return express
    .Router()
    .get('/healthz', (_req, res) => {
      res.json({ node, alive: true })
    })
    .get('/readyz', (_req, res) => {
      const reason = closed()
      const ready = reason === undefined
      res.status(ready ? 200 : 503).json({ node, ready, ...(!ready && { reason }) })
    })
    .get('/metrics', async (_req, res) => {
      res.type(registry.contentType).send(await registry.metrics())
    })
}
