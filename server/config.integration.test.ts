import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { loadConfig } from './config.ts'

const problemsOf = (env: Record<string, string>): string[] => {
  try {
    loadConfig(env, { env: {} })
  } catch (error) {
    return (error as { problems: string[] }).problems
  }
  return []
}

test('an empty environment works', () => {
  const config = loadConfig({}, { env: {} })
  expect(config).toMatchObject({ port: 8080, redisUrl: undefined, tokenSecrets: undefined, allowedOrigins: [] })
  expect(config.node).toMatch(/^n[a-z0-9]+$/)
  expect(Object.isFrozen(config)).toBe(true)
})

test('an empty variable counts as not set', () => {
  expect(loadConfig({ PORT: '', TOKEN_SECRET: '' }, { env: {} })).toMatchObject({ port: 8080, tokenSecrets: undefined })
})

test('explicit values take precedence over the environment, and the environment over the defaults', () => {
  const proxies = (own: string, env: string, defaults = 'none') =>
    loadConfig(
      { ...(own && { TRUSTED_PROXIES: own }) },
      { env: { TRUSTED_PROXIES: env }, defaults: { ...(defaults && { TRUSTED_PROXIES: defaults }) } },
    ).trustedProxies
  expect(proxies('10.0.0.1', '10.0.0.2')).toEqual(['10.0.0.1'])
  expect(proxies('', '10.0.0.2')).toEqual(['10.0.0.2'])
  expect(proxies('', '')).toEqual([])
  expect(proxies('', '', '')).toEqual(['loopback', 'uniquelocal'])
  expect(proxies('', 'none', '')).toEqual([])
})

test('TOKEN_SECRET accepts one or several secrets of sufficient length', () => {
  const [one, two] = ['a'.repeat(32), 'b'.repeat(40)]
  const secrets = (TOKEN_SECRET: string) => loadConfig({ TOKEN_SECRET }, { env: {} }).tokenSecrets
  expect(secrets(one)).toEqual([one])
  expect(secrets(`${one}, ${two}`)).toEqual([one, two])
  // For compatibility, a value with commas whose parts are too short is a single secret.
  expect(secrets('pass,phrase,'.repeat(4))).toEqual(['pass,phrase,'.repeat(4)])
  expect(problemsOf({ TOKEN_SECRET: `${one},short` })).toEqual([
    'TOKEN_SECRET lists 2 secrets, of which number 2 has 5 bytes and needs 32; make one with: openssl rand -hex 32',
  ])
})

test('`none` cannot be combined with other values', () => {
  expect(problemsOf({ TRUSTED_PROXIES: 'none,loopback' })).toEqual([expect.stringMatching(/holds "none"/)])
})

test('one error lists every problem with its remedy', () => {
  const problems = problemsOf({
    PORT: '80a',
    NODE_NAME: 'n.1',
    LOG_LEVEL: 'loud',
    REDIS_URL: 'http://:hunter2@redis',
    TOKEN_SECRET: 'short',
    ADMIN_TOKEN: 'shorter',
    ALLOWED_ORIGINS: 'https://a.example, b.example/path',
    TRUSTED_PROXIES: 'nowhere',
    GATHER_MS: '16',
    PING_INTERVAL_MS: '60000',
    DRAIN_MS: '-1',
    DIALECT_PORTS: 'yes',
  })
  expect(problems).toEqual([
    'PORT is "80a"; give a whole number from 0 to 65535, such as PORT=8080',
    'DIALECT_PORTS is "yes"; give on, off, or a list such as json:8081,events:8765',
    'NODE_NAME is "n.1"; give up to 16 of a–z and 0–9, such as n1',
    'LOG_LEVEL is "loud"; give one of silent, error, warn, info, debug',
    'REDIS_URL is no URL of the kind redis://host:port',
    'TOKEN_SECRET has 5 bytes and needs 32; make one with: openssl rand -hex 32',
    'ADMIN_TOKEN has 7 bytes and needs 16; make one with: openssl rand -hex 32',
    'ALLOWED_ORIGINS holds "b.example/path"; give origins such as https://chat.example.org, with commas between',
    'TRUSTED_PROXIES holds "nowhere"; give addresses, subnets, loopback or uniquelocal, or none, with commas between',
    'GATHER_MS is "16"; give a whole number from 0 to 15, such as GATHER_MS=15',
    'PING_INTERVAL_MS is "60000"; give a whole number from 1000 to 45000, such as PING_INTERVAL_MS=10000',
    'DRAIN_MS is "-1"; give a whole number from 0 to 600000, such as DRAIN_MS=10000',
  ])
})

test('README documents every variable, and Compose passes on each that it does not set itself', () => {
  const textOf = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
  const names = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name!).sort()
  const read = names(textOf('server/config.ts'), /env\.\w+\(\s*'([A-Z_]+)'/g)
  const rows = names(textOf('README.md'), /^\| (`[A-Z_]+`.*?) \|/gm)
  expect(rows.flatMap((row) => row.match(/[A-Z_]+/g)).sort()).toEqual(read)

  const owned = ['PORT', 'HOST', 'NODE_NAME', 'REDIS_URL', 'DATA_DIR', 'LOGS_DIR', 'CLIENT_DIR', 'DIALECT_PORTS']
  // The load balancer has its own variables, so only those of the service `server` are compared.
  const [, ofNodes = ''] = /^ {2}server:\n((?: {4}.*\n|\n)*)/m.exec(textOf('docker-compose.yml')) ?? []
  const passedOn = names(ofNodes, /^ {6}([A-Z_]+): \$\{\1:-\}$/gm)
  expect(passedOn).toEqual(read.filter((name) => !owned.includes(name)))
})
