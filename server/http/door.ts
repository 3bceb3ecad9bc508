import express, { type Express } from 'express'
import type { Logger } from 'pino'
import type { Guests } from '../domain/guests.ts'
import type { Peers } from '../peer.ts'
import { faultHandler, notFound } from './answer.ts'
import { auth } from './auth.ts'
import { type Health, health } from './health.ts'
import { page } from './page.ts'

interface HttpParts extends Health {
  guests: Guests
  peers: Peers
  clientDir: string
  log: Logger
}

/** The HTTP door. */
export function httpDoor(parts: HttpParts): Express {
  return express()
    .disable('x-powered-by')
    .disable('query parser')
    .use(health(parts))
    .use('/auth', auth(parts.guests, parts.peers))
    .use(page(parts.clientDir))
    .use(notFound)
    .use(faultHandler(parts.log))
}
