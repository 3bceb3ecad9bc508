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

/** How long a client that comes too soon is kept waiting before its connection is closed: some come back at once. */
const REFUSED_MAX_MS = 1_000

/** CONNECT_ERROR carries the fault as `data`; stock clients do not try again after one. */
class ConnectError extends Error {
  constructor(readonly data: FaultError['fault']) {
    super(data.message)
  }
}

/**
 * Who is it? A no for good is a CONNECT_ERROR. A no for now closes the connection instead, since stock clients come
 * back after a close and never after a CONNECT_ERROR; unless the client said that it does (`auth.retries`).
 */
export function authenticate({ store, tokens, guests, peers, connections, log, sessions }: Deps) {
  /**
   * The sessions that somebody is in, or on the way in. Socket.IO alone would let in as many as come at once, and one
   * after another, on a single session, which would count as no connection at all once they have left.
   */
  const taken = new WeakSet<ClientSocket['conn']>()

  return async (socket: ClientSocket, next: (error?: Error) => void): Promise<void> => {
    const { conn } = socket
    try {
      if (taken.has(conn)) throw unavailable('A session is for one.')
      taken.add(conn)
      sessions.connecting(conn)
      socket.on('disconnect', () => conn.close())
      socket.data = { ...(await credentials(socket)), address: peers.network(socket.request) }
      await admit(socket, socket.data.user)
      next()
    } catch (error) {
      sessions.connectRefused(conn)
      if (error instanceof FaultError && (!error.fault.retryable || socket.handshake.auth.retries === true)) {
        taken.delete(conn)
        return next(new ConnectError(error.fault))
      }
      if (!(error instanceof FaultError)) log.error({ err: error }, 'a handshake failed unexpectedly')
      else if (error.code === 'rate_limited') await delay(Math.min(error.retryInMs ?? 0, REFUSED_MAX_MS))
      conn.close()
      // Socket.IO keeps a socket that is on its way in until it is told how that went.
      next()
    }
  }

  async function credentials({ handshake: { auth }, request }: ClientSocket): Promise<Omit<SocketData, 'address'>> {
    if (auth.token !== undefined) {
      return { user: await tokens.verify(typeof auth.token === 'string' ? auth.token : '') }
    }
    if (auth.name === undefined) {
      throw new FaultError('unauthorized', 'Connect with auth {token} from POST /auth/guest, or with auth {name}.')
    }
    const { success, data, error } = GuestRequest.safeParse({ name: auth.name })
    if (!success) throw new FaultError('bad_input', formatZodError(error))
    return guests.create(data.name, peers.network(request))
  }

  /** Counts the connection, cluster-wide, for as long as it lives. */
  async function admit(socket: ClientSocket, user: User): Promise<void> {
    if (!(await connections.open(user.id))) {
      throw new FaultError(
        'too_many_connections',
        `A user has at most ${connections.max} connections. Close another one.`,
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
