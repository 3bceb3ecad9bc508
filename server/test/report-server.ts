import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import express from 'express'
import { pino } from 'pino'
import type { NodeStats } from '../../protocol/stats.ts'
import { ClientAddresses } from '../client-address.ts'
import { AdminTokens } from '../domain/admin-token.ts'
import { FaultError } from '../domain/fault-error.ts'
import type { Flush, JournalLine, Sample } from '../domain/journal.ts'
import { noCounts } from '../domain/journal-totals.ts'
import type { Archive, Store } from '../domain/ports.ts'
import { Keyring } from '../domain/tokens.ts'
import { faultHandler, notFound } from '../http/answer.ts'
import { report } from '../http/report/report.ts'
import { openEmbedded } from '../stores/embedded/embedded.ts'

export const TOKEN = 'open sesame, please'

/** Serves only the report, from its own store that tests write to. For tests only. */
export class ReportServer {
  /** Makes the report unavailable with this reason. */
  unavailableReason: string | undefined
  #flushes = 0

  private constructor(
    readonly store: Store,
    readonly admin: AdminTokens,
    private readonly closeStore: () => Promise<void>,
    redisUrl: string | undefined,
  ) {
    const peers = new ClientAddresses(['loopback'])
    const app = express()
      .disable('query parser')
      .use(report({ store, admin, peers, redisUrl, unavailableReason: () => this.unavailableReason }))
      .get('/favicon.svg', (_req, res) => {
        res.status(204).end()
      })
      .use(notFound)
      .use(faultHandler(pino({ level: 'silent' })))
    this.#server = createServer(app)
  }
  readonly #server: Server

  /** With `redisUrl`, the report assumes that each node is a process. */
  static async open({ redisUrl }: { redisUrl?: string } = {}): Promise<ReportServer> {
    const dir = await mkdtemp(join(tmpdir(), 'hubbub-report-'))
    const embedded = await openEmbedded(dir)
    const settings = { logMaxEntries: 1_000, logMaxBytes: 0, logMaxAgeMs: 0, dedupeMs: 1_000, rememberMs: 60_000 }
    const stores = ['n1', 'n2'].map((node) => embedded.store({ node, ...settings }))
    const retry = new UnavailableRetry()
    for (const [i, store] of stores.entries()) {
      store.nodes.report(() => stats(`n${i + 1}`))
      await retry.run(() => store.open())
    }
    const [first] = stores as [Store]
    const { nodes, secrets } = first
    const store = { nodes, secrets, archive: retry.wrap(first.archive), now: () => first.now() } as Store
    const adminTokens = new AdminTokens(new Keyring(secrets), TOKEN)
    const end = async () => {
      retry.stopped = true
      await embedded.close()
      await rm(dir, { recursive: true })
    }
    const reportServer = new ReportServer(store, adminTokens, end, redisUrl)
    reportServer.#server.listen(0, '127.0.0.1')
    await once(reportServer.#server, 'listening')
    return reportServer
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Sends a request with the admin token. */
  request(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.url + path, { redirect: 'manual', headers: { Authorization: `Bearer ${TOKEN}`, ...headers } })
  }

  async flush(more: Partial<Flush>): Promise<void> {
    const now = {
      connections: 0,
      messagesPerSecond: 0,
      bytesInPerSecond: 0,
      bytesOutPerSecond: 0,
      deliveriesPerSecond: 0,
    }
    const number = ++this.#flushes
    await this.store.archive.add({
      incarnation: 'n1.1',
      number,
      counts: {},
      deliveries: 0,
      now,
      samples: [],
      events: [],
      ...more,
    })
  }

  async recordEvent(fields: Partial<JournalLine> & { skipped?: number }): Promise<void> {
    const line = {
      time: new Date().toISOString(),
      event: 'Message Relay',
      details: 'Message size: 5 bytes',
      node: 'n1',
      kind: 'message',
      way: 'text',
      ...fields,
    } as const
    await this.flush({ events: [{ kind: line.kind, json: JSON.stringify(line) }] })
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await this.closeStore()
  }
}

/** Retries calls that are unavailable because the disk of a busy machine is slow; that is not under test here. */
class UnavailableRetry {
  stopped = false

  async run<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call()
      } catch (error) {
        if (this.stopped || !(error instanceof FaultError) || error.code !== 'unavailable') throw error
        await delay(50)
      }
    }
  }

  /** Repeating a flush is safe: the archive recognizes it by its number. */
  wrap(archive: Archive): Archive {
    return {
      add: (flush) => this.run(() => archive.add(flush)),
      totals: () => this.run(() => archive.totals()),
      series: (range) => this.run(() => archive.series(range)),
      events: (page) => this.run(() => archive.events(page)),
    }
  }
}

const stats = (node: string): NodeStats => ({
  node,
  connections: 0,
  websocket: 0,
  polling: 0,
  rooms: 2,
  accepted: 0,
  delivered: 0,
  acceptedPerSecond: 0,
  loopDelayMs: 1,
  rssBytes: 100 * 2 ** 20,
  uptimeMs: node === 'n1' ? 3_600_000 : 60_000,
})

export const sample = (node: string, at: number, more: Partial<Sample> = {}): Sample => ({
  node,
  incarnation: `${node}.1`,
  at,
  stepMs: 10_000,
  coveredMs: 10_000,
  ...noCounts(),
  open: {},
  deliveries: 0,
  append: [],
  delivery: [],
  loopDelayMs: 0,
  rssBytes: 100 * 2 ** 20,
  heapBytes: 50 * 2 ** 20,
  cpu: 0,
  cores: 2,
  ...more,
})
