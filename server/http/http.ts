import express, { type Express } from 'express'
import type { Logger } from 'pino'
import type { Guests } from '../domain/guests.ts'
import { faultHandler, notFound } from './answer.ts'
import { auth } from './auth.ts'
import { type Health, health } from './health.ts'
import { type ReportDeps, report } from './report/report.ts'
import type { RestDeps } from './rest/endpoint.ts'
import { rest } from './rest/rest.ts'
import { staticFiles } from './static-files.ts'

interface HttpDeps extends Health, RestDeps, ReportDeps {
  guests: Guests
  clientDir: string
  log: Logger
}

/** The Express app: health, guest sign-in, REST API, report, and the browser client. */
export function httpServer(deps: HttpDeps): Express {
  return express()
    .disable('x-powered-by')
    .disable('query parser')
    .use(health(deps))
    .use('/auth', auth(deps.guests, deps.peers))
    .use(rest(deps))
    .use(report(deps))
    .use(staticFiles(deps.clientDir))
    .use(notFound)
    .use(faultHandler(deps.log, deps.journal))
}
