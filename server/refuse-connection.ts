import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { faults } from '../protocol/faults.ts'
import type { FaultError } from './domain/fault-error.ts'

/** Answers a request or an upgrade request with an error in plain HTTP, without Express or Engine.IO. */
export function refuse(to: ServerResponse | Duplex, faultError: FaultError): void {
  const { status } = faults[faultError.code]
  const body = JSON.stringify({ ok: false, fault: faultError.fault })
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    ...retryAfter(faultError),
  }
  if ('writeHead' in to) {
    to.writeHead(status, headers).end(body)
    return
  }
  const lines = Object.entries({ ...headers, Connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`)
  to.on('error', () => {})
  to.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
}

/** RFC 9110, section 10.2.3: whole seconds. */
export const retryAfter = ({ retryInMs }: FaultError): { 'Retry-After'?: string } =>
  retryInMs === undefined ? {} : { 'Retry-After': String(Math.ceil(retryInMs / 1_000)) }
