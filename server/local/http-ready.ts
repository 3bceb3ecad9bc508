import { get as getHttp } from 'node:http'
import { get as getHttps } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 50
const TIMEOUT_MS = 1_000

/** Resolves when /readyz at the URL answers 200; rejects when `signal` is aborted. */
export async function httpReady(url: string, signal: AbortSignal): Promise<void> {
  while (!(await isReady(url))) await delay(POLL_MS, undefined, { signal })
}

export function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    // The certificate may be self-signed.
    const options = { timeout: TIMEOUT_MS, rejectUnauthorized: false, agent: false }
    const request = (url.startsWith('https:') ? getHttps : getHttp)(`${url}/readyz`, options, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    request.once('timeout', () => request.destroy(new Error('no answer in time')))
    request.once('error', () => resolve(false))
  })
}
