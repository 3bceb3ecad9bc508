import { format } from 'node:util'
import type { Logger } from 'pino'
import type { Config } from './config.ts'

/** Libraries write warnings to the console; from now on they are lines of the log. What must not be logged is in `secrets`. */
export function consoleToLog(log: Logger, secrets: readonly string[]): void {
  const to =
    (level: 'info' | 'warn' | 'error') =>
    (...words: unknown[]) => {
      log[level](secrets.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), format(...words)))
    }
  console.log = console.info = console.debug = to('info')
  console.warn = to('warn')
  console.error = console.trace = to('error')
}

/** What the configuration holds that no line may show. */
export function secretsOf({ redisUrl, tokenSecrets = [], adminToken }: Config): string[] {
  const { username = '', password = '' } = redisUrl === undefined ? {} : new URL(redisUrl)
  const ofRedis = [password && `${username}:${password}`, password, decodeURIComponent(password)]
  const all = [...ofRedis, ...tokenSecrets, adminToken]
  return all.filter((secret) => secret !== undefined && secret !== '') as string[]
}
