import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Express } from 'express'
import type { Logger } from 'pino'
import { BEAT_MS, KEEP_ALIVE_MS } from '../protocol/limits.ts'
import { ClientAddresses } from './client-address.ts'
import type { Config } from './config.ts'
import { Dialects } from './dialects/dialects.ts'
import { AdminTokens } from './domain/admin-token.ts'
import { AppendQueue } from './domain/append-queue.ts'
import { FaultError } from './domain/fault-error.ts'
import { Guests } from './domain/guests.ts'
import type { Way } from './domain/journal.ts'
import { Limits } from './domain/limits.ts'
import { LocalPresence } from './domain/local-presence.ts'
import { Matchmaker } from './domain/matchmaker.ts'
import { MessagePoster } from './domain/post-message.ts'
import { Keyring, Tokens } from './domain/tokens.ts'
import { UserConnections } from './domain/user-connections.ts'
import { Gateway, SOCKET_IO_PATH } from './gateway/gateway.ts'
import { readiness } from './http/health.ts'
import { httpServer } from './http/http.ts'
import { isRest } from './http/rest/endpoints.ts'
import { createJournal } from './journal/journal-of.ts'
import type { NodeJournal } from './journal/node-journal.ts'
import { Traffic } from './journal/traffic.ts'
import type { Metrics } from './metrics.ts'
import { NodeStatsCollector } from './node-stats.ts'
import { OriginPolicy } from './origin-policy.ts'
import { refuse } from './refuse-connection.ts'
import type { NodeStorage } from './storage.ts'
import { StoreMonitor } from './store-monitor.ts'

export interface AppDeps {
  config: Config
  storage: NodeStorage
  metrics: Metrics
  log: Logger
}

/** One node: deps in, {listen, open, drain, close} out. */
export class App {
  readonly #server: Server
  readonly #origins: OriginPolicy
  readonly #keys: Keyring
  readonly #adminTokens: AdminTokens
  readonly #journal: NodeJournal
  readonly #traffic: Traffic
  readonly #limits: Limits
  readonly #matchmaker: Matchmaker
  readonly #localPresence: LocalPresence
  readonly #connections: UserConnections
  readonly #gateway: Gateway
  readonly #dialects: Dialects
  readonly #ready: ReturnType<typeof readiness>
  readonly #http: Express
  readonly #statsCollector: NodeStatsCollector
  readonly #monitor: StoreMonitor
  #closed: string | undefined = 'This node is starting.'
  #away = false
  #beat: NodeJS.Timeout | undefined

  constructor(private readonly deps: AppDeps) {
    const { config, storage, log } = deps
    const { store, adapter } = storage
    const metrics = deps.metrics.forNode(config.node)
    const peers = new ClientAddresses(config.trustedProxies)
    this.#origins = new OriginPolicy(config.allowedOrigins, peers)
    this.#keys = new Keyring(store.secrets, config.tokenSecrets)
    this.#adminTokens = new AdminTokens(this.#keys, config.adminToken)
    const tokens = new Tokens(this.#keys, config.tokenMs)
    const guests = new Guests(tokens, store.users, store.nodes, config)
    const limits = new Limits(store.nodes, config, (err) => log.error({ err }, 'limits were not reconciled'))
    this.#limits = limits
    const queue = new AppendQueue(metrics.shed)
    const journal = createJournal({ config, store, log, resourceUsage: () => this.#resourceUsage() })
    this.#journal = journal
    this.#traffic = new Traffic(journal)
    const matchmaker = new Matchmaker(store, config.departureGraceMs, journal)
    this.#matchmaker = matchmaker
    const poster = new MessagePoster({
      store,
      queue,
      limits,
      journal,
      metrics,
      onMessage: (room, author, source) => this.#gateway.messagePosted(room, author, source),
    })
    const closed = () => this.closedReason
    const localPresence = new LocalPresence(store.roster, config.departureGraceMs)
    this.#localPresence = localPresence
    const connections = new UserConnections(store.nodes, config.connectionsPerUser)
    this.#connections = connections
    const shared = {
      config,
      store,
      localPresence,
      matchmaker,
      peers,
      limits,
      queue,
      poster,
      metrics,
      journal,
      log,
      closed,
    }
    this.#gateway = new Gateway({ ...shared, adapter, tokens, guests, connections })
    this.#dialects = new Dialects(shared)
    this.#ready = readiness(config.node, {
      unavailableReason: closed,
      storeFailure: () => store.failure()?.message,
    })
    const presence = this.#gateway.restPresence
    const { registry } = deps.metrics
    const report = { admin: this.#adminTokens, unavailableReason: closed }
    this.#http = httpServer({
      ...config,
      ...report,
      store,
      tokens,
      guests,
      peers,
      limits,
      poster,
      presence,
      metrics,
      journal,
      registry,
      log,
    })
    this.#statsCollector = new NodeStatsCollector(config.node, metrics, () => this.#load())
    this.#monitor = new StoreMonitor(store, log)
    store.nodes.report(() => {
      metrics.appendQueue(queue.state)
      return this.#statsCollector.stats()
    })
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, ...config.requests }, (req, res) =>
      this.request(req, res),
    )
    this.#server.on('upgrade', (req, socket, head) => this.upgrade(req, socket, head))
  }

  /** Why new sessions are rejected, as sentences; undefined while they are accepted. */
  get closedReason(): string | undefined {
    const storeReason = this.deps.storage.store.unavailableReason()
    return this.#closed === undefined ? storeReason : [this.#closed, storeReason].filter(Boolean).join(' ')
  }

  /** The path of the report on this server, with the admin token if the nodes generated it. */
  get reportPath(): string {
    return this.#adminTokens.generated === undefined ? '/report' : `/report?token=${this.#adminTokens.generated}`
  }

  /** Listens, with /readyz answering 503 until `open` has resolved. Returns the port. */
  async listen(port = this.deps.config.port): Promise<number> {
    const { host } = this.deps.config
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen({ port, host, backlog: 4_096 }, resolve)
    })
    return (this.#server.address() as AddressInfo).port
  }

  /** Resolves when the store is open and new sessions are accepted; rejects with StartupError, see Store.open. */
  async open(): Promise<void> {
    await this.deps.storage.store.open({
      agree: () => this.#keys.open(),
      keys: () => this.#keys.statement,
      onWait: (sentence) => this.deps.log.warn(sentence),
    })
    this.#beat = setInterval(() => this.#check(), BEAT_MS)
    this.#journal.open()
    this.#limits.open()
    this.#closed = undefined
  }

  request(req: IncomingMessage, res: ServerResponse): void {
    if (this.#ready(req, res)) return
    this.#traffic.request(req, res, this.#wayOf(req))
    if (this.#dialects.request(req, res)) return
    const faultError = this.#origins.refusal(req)
    if (faultError) refuse(res, faultError)
    else if (this.#origins.applyCors(req, res)) return
    else if (req.url?.startsWith(SOCKET_IO_PATH)) this.#gateway.sessions.request(req, res)
    else this.#http(req, res)
  }

  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#traffic.webSocket(socket, this.#dialects.wayOf(req) ?? 'websocket')
    if (this.#dialects.upgrade(req, socket, head)) return
    const refusal = this.#origins.refusal(req)
    if (refusal) refuse(socket, refusal)
    else if (req.url?.startsWith(SOCKET_IO_PATH)) this.#gateway.sessions.upgrade(req, socket, head)
    else refuse(socket, new FaultError('not_found', `WebSockets are at ${SOCKET_IO_PATH}.`))
  }

  /** Rejects new sessions, and disconnects the existing ones over `drainMs` so that they move to other nodes. */
  async drain(): Promise<void> {
    this.#closed = 'This node is leaving.'
    this.#journal.record({ kind: 'drain', way: 'node' })
    const { drainMs } = this.deps.config
    await Promise.all([this.#gateway.drain(drainMs), this.#dialects.drain(drainMs)])
  }

  /** Releases the lease and closes everything in the reverse order of opening. */
  async close(): Promise<void> {
    this.#closed = 'This node is leaving.'
    clearInterval(this.#beat)
    this.#statsCollector.close()
    this.#limits.close()
    this.#monitor.close()
    this.#matchmaker.close()
    this.#localPresence.close()
    await Promise.all([this.#gateway.close(), this.#dialects.close()])
    this.#connections.stop()
    this.#traffic.sampleAll()
    await this.#journal.close()
    await this.deps.storage.close()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** The protocol under which a request is counted. */
  #wayOf({ url = '' }: IncomingMessage): Way {
    if (url.startsWith(SOCKET_IO_PATH)) return 'polling'
    return isRest(url) ? 'rest' : 'http'
  }

  #resourceUsage() {
    this.#traffic.sample()
    const { websocket, polling } = this.#gateway.load
    return { open: { websocket, polling, ...this.#dialects.load.open }, ...this.#statsCollector.resourceUsage() }
  }

  #load(): { websocket: number; polling: number; rooms: number } {
    const { websocket, polling, rooms } = this.#gateway.load
    const dialects = this.#dialects.load
    return { websocket: websocket + dialects.connections, polling, rooms: rooms + dialects.rooms }
  }

  #check(): void {
    this.#keys.refresh().catch(() => {})
    const away = this.deps.storage.store.unavailableReason() !== undefined
    if (away !== this.#away) this.#gateway.broadcastStoreState(away)
    this.#away = away
  }
}
