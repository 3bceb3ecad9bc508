import express, { type Router } from 'express'
import type { Store } from '../../domain/ports.ts'
import { answer } from '../answer.ts'
import { securityHeaders } from '../static-files.ts'
import { ADMIN_PATHS } from './admin-cookie.ts'
import { csv } from './csv.ts'
import { live } from './live.ts'
import { logsPage } from './logs-page.ts'
import { parseLogsQuery, parseReportQuery, queryParams } from './query.ts'
import { readReport } from './reading.ts'
import { reportJson, reportRows } from './report-json.ts'
import { reportPage } from './report-page.ts'
import { adminErrorHandler, type RequireAdminOptions, requireAdmin, wantsHtml } from './require-admin.ts'
import { style } from './style.ts'

export interface ReportDeps extends RequireAdminOptions {
  store: Store
  /** Undefined with the embedded store, where all nodes run in one process. */
  redisUrl?: string
}

/** For operators: the report and the event log, as pages, JSON and CSV. All of them require the admin token. */
export function report(deps: ReportDeps): Router {
  const { store } = deps
  const read = (query: URLSearchParams) => readReport(store, parseReportQuery(query).range, deps.redisUrl === undefined)
  const events = async (query: URLSearchParams) => {
    const filter = parseLogsQuery(query)
    const { kind, ...page } = filter
    return { filter, ...(await store.archive.events({ ...page, ...(kind && { kinds: [kind] }) })) }
  }
  return express
    .Router({ caseSensitive: true })
    .use([...ADMIN_PATHS], securityHeaders)
    .get('/report/style.css', (_req, res) => {
      res.set('Cache-Control', 'no-cache').type('css').send(style)
    })
    .get('/report/live.js', (_req, res) => {
      res.set('Cache-Control', 'no-cache').type('text/javascript').send(live)
    })
    .get('/report', requireAdmin('/report', deps), async (req, res) => {
      const data = await read(queryParams(req))
      if (wantsHtml(req)) res.type('html').send(reportPage(data))
      else answer(res, reportJson(data))
    })
    .get('/report.json', requireAdmin('/report.json', deps), async (req, res) => {
      answer(res, reportJson(await read(queryParams(req))))
    })
    .get('/report.csv', requireAdmin('/report.csv', deps), async (req, res) => {
      const rows = reportRows(await read(queryParams(req)))
      res.attachment('report.csv').type('text/csv').send(csv(rows))
    })
    .get('/logs', requireAdmin('/logs', deps), async (req, res) => {
      const { filter, events: found, next } = await events(queryParams(req))
      if (!wantsHtml(req)) return answer(res, { events: found, next })
      const nodes = (await store.nodes.list()).map(({ node }) => node)
      res.type('html').send(logsPage(found, nodes, filter))
    })
    .get('/logs.json', requireAdmin('/logs.json', deps), async (req, res) => {
      const { events: found, next } = await events(queryParams(req))
      answer(res, { events: found, next })
    })
    .use(adminErrorHandler)
}
