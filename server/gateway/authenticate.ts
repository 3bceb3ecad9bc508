import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { GuestRequest } from '../../protocol/auth.ts'
import type { User } from '../../protocol/people.ts'
import type { ClientAddresses } from '../client-address.ts'
import { FaultError, unavailable } from '../domain/fault-error.ts'
import { formatZodError } from '../domain/format-zod-error.ts'
import type { Guests } from '../domain/guests.ts'
import type { Store } from '../domain/ports.ts'
import type { Tokens } from '../domain/tokens.ts'
import type { UserConnections } from '../domain/user-connections.ts'
import type { Sessions } from './engine/sessions.ts'
import type { ClientSocket, SocketData } from './socket.ts'

interface Deps {
  store: Store
  tokens: Tokens
  guests: Guests
  peers: ClientAddresses
  connections: UserConnections
  log: Logger
  sessions: Pick<Sessions, 'connecting' | 'connectRefused'>
}

/** Longest delay before a rate-limited handshake is closed: some clients reconnect immediately after the close. */
const REFUSAL_DELAY_MAX_MS = 1_000

/** CONNECT_ERROR carries the fault as `data`. Stock clients do not reconnect after one. */
class ConnectError extends Error {
  constructor(readonly data: FaultError['fault']) {
    super(data.message)
  }
}

/**
 * Socket.IO middleware that verifies the credentials of a handshake. Permanent errors are reported by CONNECT_ERROR.
 * Retryable errors close the connection, since stock clients reconnect after a close and not after a CONNECT_ERROR;
 * clients that reconnect after both (`auth.retries`) get a CONNECT_ERROR for these, too.
 */
export function authenticate({ store, tokens, guests, peers, connections, log, sessions }: Deps) {
  /**
   * The sessions that have a socket, or a CONNECT in progress: one socket per session. Socket.IO alone accepts several
   * at once and one after another on a single session, and the connection would no longer be counted after the first left.
   */
  const claimed = new WeakSet<ClientSocket['conn']>()

  return async (socket: ClientSocket, next: (error?: Error) => void): Promise<void> => {
    const { conn } = socket
    try {
      if (claimed.has(conn)) throw unavailable('This session already has a connection. Open another session.')
      claimed.add(conn)
      sessions.connecting(conn)
      socket.on('disconnect', () => conn.close())
      socket.data = { ...(await credentials(socket)), address: peers.network(socket.request) }
      await admit(socket, socket.data.user)
      next()
    } catch (error) {
      sessions.connectRefused(conn)
      if (error instanceof FaultError && (!error.fault.retryable || socket.handshake.auth.retries === true)) {
        claimed.delete(conn)
        return next(new ConnectError(error.fault))
      }
      if (!(error instanceof FaultError)) log.error({ err: error }, 'a handshake failed unexpectedly')
      else if (error.code === 'rate_limited') await delay(Math.min(error.retryInMs ?? 0, REFUSAL_DELAY_MAX_MS))
      conn.close()
      // Socket.IO keeps a pending socket in memory until `next` is called.
      next()
    }
  }

  async function credentials({ handshake: { auth }, request }: ClientSocket): Promise<Omit<SocketData, 'address'>> {
    if (auth.token !== undefined) {
      return { user: await tokens.verify(typeof auth.token === 'string' ? auth.token : '') }
    }
    if (auth.name === undefined) {
      throw new FaultError(
        'unauthorized',
        'Missing credentials. Connect with auth {token} from POST /auth/guest, or with auth {name}.',
      )
    }
    const { success, data, error } = GuestRequest.safeParse({ name: auth.name })
    if (!success) throw new FaultError('bad_input', formatZodError(error))
    return guests.create(data.name, peers.network(request))
  }

  /** Counts the connection against the limit of its user, cluster-wide, until it is closed. */
  async function admit(socket: ClientSocket, user: User): Promise<void> {
    if (!(await connections.open(user.id))) {
      throw new FaultError(
        'too_many_connections',
        `Limit of ${connections.max} connections per user reached. Close another connection first.`,
      )
    }
    let isCounted = true
    const close = () => {
      if (isCounted) connections.close(user.id)
      isCounted = false
    }
    socket.on('disconnect', close)
    socket.conn.on('close', close)
    if (socket.conn.readyState !== 'open') close()
    try {
      await store.users.remember(user)
    } catch (error) {
      close()
      throw error
    }
  }
}
