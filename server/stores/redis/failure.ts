import type { StoreFailure } from '../../domain/store-failure.ts'

type Cause = StoreFailure['cause']

/** Redis error replies, by code. */
const replies = {
  WRONGPASS: ['wrong_password', 'Redis refused the credentials. Correct the user and password in REDIS_URL.'],
  NOAUTH: ['wrong_password', 'Redis requires a password. Add it to REDIS_URL.'],
  NOPERM: ['no_permission', 'The Redis user lacks a permission that this node needs. Extend its ACL.'],
  READONLY: ['read_only', 'Redis is a read-only replica. Point REDIS_URL at the primary.'],
  OOM: ['full', 'Redis has reached maxmemory. Raise it, or lower LOG_MAX_BYTES, LOG_MAX_ENTRIES or LOG_MAX_AGE_MS.'],
  MISCONF: ['disk_full', 'Redis cannot write to its disk (MISCONF). Free space there.'],
  LOADING: ['loading', 'Redis is loading its data from disk.'],
  MASTERDOWN: ['primary_down', 'Redis is a replica whose primary is down.'],
} satisfies Record<string, [cause: Cause, message: string]>

/** Operating system errors, by code. */
const errors: Record<string, [cause: Cause, message: string]> = {
  ENOTFOUND: ['unknown_host', 'The host name in REDIS_URL cannot be resolved.'],
  EAI_AGAIN: ['unknown_host', 'The host name in REDIS_URL cannot be resolved at the moment.'],
  ECONNREFUSED: ['connection_refused', 'No server is listening at the host and port in REDIS_URL.'],
  ECONNRESET: ['connection_lost', 'Redis closed the connection. If it requires TLS, use rediss:// in REDIS_URL.'],
  ETIMEDOUT: ['timeout', 'Redis did not answer in time.'],
  EHOSTUNREACH: ['unreachable', 'The host in REDIS_URL is unreachable.'],
  ENETUNREACH: ['unreachable', 'The network of the host in REDIS_URL is unreachable.'],
}

const TLS = 'TLS with Redis failed. Use rediss:// only if Redis uses TLS, with a certificate valid for that host name.'

/** Detected by tls-probe.ts, since the errors of these two cases do not tell. */
export const NOT_TLS: StoreFailure = {
  cause: 'tls',
  message: 'Redis does not use TLS at the host and port in REDIS_URL. Use redis://, or the port for TLS.',
}
export const TLS_REQUIRED: StoreFailure = {
  cause: 'tls',
  message: 'TLS is required at the host and port in REDIS_URL. Use rediss://, or the port without TLS.',
}

/** Whether a TLS mismatch may be the actual cause. */
export const isVague = ({ cause }: StoreFailure): boolean => cause === 'timeout' || cause === 'connection_lost'

/** Certificate errors of Node (tls.TLSSocket#authorizationError) and errors of OpenSSL. */
const isTls = (code: string) => /^(?:ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/.test(code)

/**
 * Maps an error to its cause and remedy. The message contains nothing of the error that could be secret, such as its
 * command.
 */
export function failureOf(error: Error & { code?: unknown; errors?: Error[] }): StoreFailure {
  // A host with several addresses: one error per address.
  const inner = error.errors?.[0]
  if (inner) return failureOf(inner)
  if (error.name === 'ReplyError') {
    const code = /^[A-Z]+/.exec(error.message)?.[0] ?? ''
    if (/invalid password|without any password|arguments for 'auth'/.test(error.message))
      return toFailure(replies.WRONGPASS)
    return code in replies
      ? toFailure(replies[code as keyof typeof replies])
      : { cause: 'error_reply', message: `Redis answered with the error ${code || 'ERR'}.` }
  }
  const code = typeof error.code === 'string' ? error.code : ''
  if (isTls(code) || /secure TLS connection/.test(error.message)) return { cause: 'tls', message: `${TLS} (${code})` }
  if (/^Protocol error/.test(error.message)) {
    return { cause: 'tls', message: 'The server is not Redis, or requires TLS. Use rediss:// in REDIS_URL for TLS.' }
  }
  if (errors[code]) return toFailure(errors[code])
  return { cause: 'connection_lost', message: `The connection to Redis failed${code && ` (${code})`}.` }
}

const toFailure = ([cause, message]: [Cause, string]): StoreFailure => ({ cause, message })

export const FULL = toFailure(replies.OOM)
