import { format } from 'node:util'
import type { Logger } from 'pino'
import type { Config } from './config.ts'

/** Redirects the console, to which libraries write warnings, to the log. Replaces all `secrets` with [redacted]. */
export function consoleToLog(log: Logger, secrets: readonly string[]): void {
  const to =
    (level: 'info' | 'warn' | 'error') =>
    (...args: unknown[]) => {
      log[level](secrets.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), format(...args)))
    }
  console.log = console.info = console.debug = to('info')
  console.warn = to('warn')
  console.error = console.trace = to('error')
}

/** The secrets of the configuration that must not be logged. */
export function secretsOf({ redisUrl, tokenSecrets = [], adminToken }: Config): string[] {
  const { username = '', password = '' } = redisUrl === undefined ? {} : new URL(redisUrl)
  const ofRedis = [password && `${username}:${password}`, password, decodeURIComponent(password)]
  const all = [...ofRedis, ...tokenSecrets, adminToken]
  return all.filter((secret) => secret !== undefined && secret !== '') as string[]
}
