import proxyaddr from 'proxy-addr'
import {
  DEDUPE_WINDOW_MS,
  DEPARTURE_GRACE_MS,
  FANOUT_WINDOW_MAX_MS,
  FANOUT_WINDOW_MS,
  PING_INTERVAL_MAX_MS,
  PING_INTERVAL_MS,
  PING_TIMEOUT_MS,
} from '../protocol/limits.ts'
import { parseDialectPorts } from './dialect-ports.ts'
import { EnvReader } from './env-reader.ts'

export type Config = Readonly<ReturnType<typeof read>>

type Variables = Record<string, string | undefined>

/**
 * The only reader of the environment. `own` takes precedence over it, and `defaults` are for what it does not set.
 * Throws one ConfigError that names every problem and its remedy.
 */
export function loadConfig(
  own: Variables = {},
  { env = process.env, defaults }: { env?: Variables; defaults?: Record<string, string> } = {},
): Config {
  const environment = new EnvReader({ ...env, ...own }, defaults)
  const config = read(environment)
  environment.throwIfInvalid()
  return Object.freeze(config)
}

function read(env: EnvReader) {
  return {
    port: env.integer('PORT', { otherwise: 8080, min: 0, max: 65_535 }),
    host: env.text('HOST', '0.0.0.0'),
    /** Additional ports, each for one dialect. */
    dialectPorts: env.parsed(
      'DIALECT_PORTS',
      parseDialectPorts,
      'on, off, or a list such as json:8081,events:8765',
      'off',
    ),
    /** Unique in the cluster. Session ids contain it, and nginx routes by it. */
    node: env.matching('NODE_NAME', /^[a-z0-9]{1,16}$/, 'up to 16 of a–z and 0–9, such as n1', randomNode()),
    logLevel: env.oneOf('LOG_LEVEL', ['silent', 'error', 'warn', 'info', 'debug'] as const, 'info'),
    /** The output folder of `npm run build`. */
    clientDir: env.text('CLIENT_DIR', 'dist/page'),

    /** Undefined: the embedded store, in dataDir. */
    redisUrl: env.url('REDIS_URL', ['redis:', 'rediss:']),
    redisPrefix: env.matching(
      'REDIS_PREFIX',
      /^[A-Za-z0-9:_-]{0,32}$/,
      'up to 32 of A–Z, a–z, 0–9 and : _ -',
      'hubbub:',
    ),
    dataDir: env.text('DATA_DIR', 'data'),
    /** The folder of the event log files; undefined disables them. */
    logsDir: env.parsed(
      'LOGS_DIR',
      (text) => ({ text: text === 'none' ? undefined : text }),
      'a folder, or none',
      'logs',
    ).text,
    logsMaxBytes: env.integer('LOGS_MAX_BYTES', { otherwise: 16 * 1024 * 1024, min: 256 * 1024 }),
    logMaxEntries: env.integer('LOG_MAX_ENTRIES', { otherwise: 100_000, min: 1_000 }),
    /** Of a room's log, in bytes; 0 disables the limit. */
    logMaxBytes: env.integer('LOG_MAX_BYTES', { otherwise: 64 * 1024 * 1024, min: 0 }),
    logMaxAgeMs: env.integer('LOG_MAX_AGE_HOURS', { otherwise: 0, min: 0 }) * 3_600_000,
    dedupeMs: env.integer('DEDUPE_WINDOW_MS', { otherwise: DEDUPE_WINDOW_MS, min: 1_000 }),

    /** The first one signs, all verify. Undefined: the nodes share a random secret through the store. */
    tokenSecrets: env.secrets('TOKEN_SECRET', 32),
    tokenMs: env.integer('TOKEN_DAYS', { otherwise: 30, min: 1, max: 3_650 }) * 86_400_000,
    /** Gives access to the report. Undefined: a token derived from the keys above. */
    adminToken: env.secret('ADMIN_TOKEN', 16),
    allowedOrigins: env.list('ALLOWED_ORIGINS', isOrigin, 'origins such as https://chat.example.org'),
    trustedProxies: env.list('TRUSTED_PROXIES', isSubnet, 'addresses, subnets, loopback or uniquelocal, or none', [
      'loopback',
      'uniquelocal',
    ]),

    /** 0 disables a limit. Per-address limits count an IPv6 /64 as one address. */
    addressAppends: burstOf(env.integer('ADDRESS_APPENDS_PER_SECOND', { otherwise: 200, min: 0 })),
    addressCommands: burstOf(env.integer('ADDRESS_COMMANDS_PER_SECOND', { otherwise: 500, min: 0 }), 2),
    dialectAppends: burstOf(env.integer('ADDRESS_DIALECT_APPENDS_PER_SECOND', { otherwise: 5_000, min: 0 })),
    roomAppends: burstOf(env.integer('ROOM_APPENDS_PER_SECOND', { otherwise: 2_000, min: 0 })),
    addressConnections: env.integer('ADDRESS_CONNECTIONS', { otherwise: 20_000, min: 0 }),
    guestsPerDay: env.integer('GUESTS_PER_DAY', { otherwise: 20_000, min: 0 }),
    directOpensPerHour: env.integer('DIRECT_OPENS_PER_HOUR', { otherwise: 30, min: 0 }),
    roomsCreatedPerHour: env.integer('ROOMS_CREATED_PER_HOUR', { otherwise: 60, min: 0 }),
    /** Timeouts for receiving the headers and the whole of a request, without its response. */
    requests: {
      headersTimeout: env.integer('REQUEST_HEADERS_TIMEOUT_MS', { otherwise: 15_000, min: 0 }),
      requestTimeout: env.integer('REQUEST_TIMEOUT_MS', { otherwise: 30_000, min: 0 }),
    },
    appends: {
      perSecond: env.integer('APPENDS_PER_SECOND', { otherwise: 20, min: 1 }),
      burst: env.integer('APPENDS_BURST', { otherwise: 40, min: 1 }),
    },
    commands: {
      perSecond: env.integer('COMMANDS_PER_SECOND', { otherwise: 50, min: 1 }),
      burst: env.integer('COMMANDS_BURST', { otherwise: 100, min: 1 }),
    },
    guestsPerSecond: env.integer('GUESTS_PER_SECOND', { otherwise: 20, min: 1 }),
    /** `guest`: a request without a token may send messages as a REST guest. `token`: sending requires a token. */
    restSenders: env.oneOf('REST_SENDERS', ['guest', 'token'] as const, 'guest'),
    restPerSecond: env.integer('REST_PER_SECOND', { otherwise: 100, min: 1 }),
    /** How long a status set by REST lasts unless it is set again. */
    restStatusMs: env.integer('REST_STATUS_SECONDS', { otherwise: 60, min: 1, max: 3_600 }) * 1_000,
    roomsPerConnection: env.integer('ROOMS_PER_CONNECTION', { otherwise: 100, min: 1 }),
    connectionsPerUser: env.integer('CONNECTIONS_PER_USER', { otherwise: 10, min: 1 }),

    /** The fan-out window; 0 disables batching, to measure its effect. */
    gatherMs: env.integer('GATHER_MS', { otherwise: FANOUT_WINDOW_MS, min: 0, max: FANOUT_WINDOW_MAX_MS }),
    /** The guarantee that clients of a frozen node reconnect within 20 s holds for the defaults. */
    pings: {
      intervalMs: env.integer('PING_INTERVAL_MS', {
        otherwise: PING_INTERVAL_MS,
        min: 1_000,
        max: PING_INTERVAL_MAX_MS,
      }),
      timeoutMs: env.integer('PING_TIMEOUT_MS', { otherwise: PING_TIMEOUT_MS, min: 1_000, max: PING_INTERVAL_MAX_MS }),
    },
    /** The time over which a draining node closes its connections. */
    drainMs: env.integer('DRAIN_MS', { otherwise: 10_000, min: 0, max: 600_000 }),
    /** For tests of disconnects; the guarantee of 10 s holds for the default. */
    departureGraceMs: env.integer('DEPARTURE_GRACE_MS', { otherwise: DEPARTURE_GRACE_MS, min: 0, max: 10_000 }),
  }
}

/** A burst is the amount of `seconds` seconds. */
const burstOf = (perSecond: number, seconds = 5) => ({ perSecond, burst: seconds * perSecond })

const randomNode = () => `n${Math.random().toString(36).slice(2, 8)}`

function isOrigin(text: string): boolean {
  try {
    return new URL(text).origin === text
  } catch {
    return false
  }
}

function isSubnet(text: string): boolean {
  try {
    proxyaddr.compile(text)
    return true
  } catch {
    return false
  }
}
