import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, describe, expect, jest, test } from '@jest/globals'
import { type RunningCluster, startCluster } from '../local/cluster.ts'
import { freePort } from '../local/free-port.ts'
import { reportPath } from '../local/report-address.ts'
import { ROOT } from '../local/root.ts'
import { UNLIMITED } from '../local/unlimited.ts'
import { DialectClient } from './dialect-client.ts'
import { TestClient } from './person.ts'

jest.setTimeout(60_000)

/** A running deployment, from its start to its end. */
interface Run {
  /** The main port, the strangers port, and the nodes' own URLs if there are any. */
  urls: string[]
  /** The printed URL of the report. */
  report: URL
  cluster?: RunningCluster
  stop(): Promise<void>
}

const env = { ...UNLIMITED, LOG_LEVEL: 'error', LOGS_DIR: 'none', GUESTS_PER_SECOND: '1000', DRAIN_MS: '200' }
const at = (port: number) => `http://127.0.0.1:${port}`

async function asCluster(dataDir: string): Promise<Run> {
  const strangers = await freePort()
  let resolvePath: (path: string) => void = () => {}
  const printedUrl = new Promise<string>((resolve) => {
    resolvePath = resolve
  })
  const line = (_part: string, text: string) => {
    const path = reportPath(text)
    if (path !== undefined) resolvePath(path)
  }
  const dialectPorts = [{ dialect: 'strangers', port: strangers }] as const
  const cluster = await startCluster({ nodes: 2, host: '127.0.0.1', dataDir, env, dialectPorts, drainMs: 200, line })
  const nodes = cluster.nodes.map(({ port }) => at(port))
  const report = new URL(await printedUrl, cluster.url)
  return { urls: [cluster.url, at(strangers), ...nodes], report, cluster, stop: () => cluster.stop() }
}

async function asOneProcess(dataDir: string): Promise<Run> {
  const [port, strangers] = [await freePort(), await freePort()]
  const own = { ...env, HOST: '127.0.0.1', PORT: `${port}`, DATA_DIR: dataDir, DIALECT_PORTS: `strangers:${strangers}` }
  const child = spawn(process.execPath, [join(ROOT, 'dist/server/local/start.js')], { env: { ...process.env, ...own } })
  const stop = async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  return { urls: [at(port), at(strangers)], report: new URL(await printed(child)), stop }
}

async function printed({ stdout }: ChildProcess): Promise<string> {
  let report = ''
  for await (const line of createInterface({ input: stdout! })) {
    report ||= /^report (\S+)/.exec(line)?.[1] ?? ''
    if (line.startsWith('open')) break
  }
  return report
}

describe.each([
  ['two nodes behind nginx, on Redis', asCluster],
  ['npm start', asOneProcess],
])('%s', (_name, begin) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hubbub-report-'))
  let run: Run
  afterAll(async () => {
    TestClient.disconnectAll()
    DialectClient.disconnectAll()
    await run?.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  const ask = async (url: string, path: string) => {
    const headers = { Authorization: `Bearer ${run.report.searchParams.get('token')}` }
    const answer = await fetch(url + path, { headers })
    return { status: answer.status, body: await answer.json() }
  }
  /** Polls until the result matches; there is no timeout except the test's. */
  const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
    for (;;) {
      const found = await look()
      if (found !== undefined) return found
      await delay(200)
    }
  }
  /** The reports of all URLs, as soon as all have these counts of messages and matches. */
  const reports = (messages: number, matches: number) =>
    until(async () => {
      const all = await Promise.all(run.urls.map((url) => ask(url, '/report.json')))
      const values = all.map(({ body }) => body.value)
      const complete = values.every((value) => value?.totals.messages === messages && value.totals.matches === matches)
      return complete ? values : undefined
    })

  test('every URL reports all events, also after a restart of everything', async () => {
    run = await begin(dataDir)
    const [url, strangers] = run.urls as [string, string]
    const [ada, bob] = [
      await TestClient.connect(url, 'Ada'),
      await TestClient.connect(url, 'Bob', { transports: ['polling'] }),
    ]
    for (const testClient of [ada, bob]) {
      await testClient.emit('room:join', { room: 'lobby' })
      await testClient.send('lobby', 'hello')
    }
    const [one, other] = [await DialectClient.connect(strangers), await DialectClient.connect(`${url}/ws/strangers`)]
    for (const dialectClient of [one, other]) await dialectClient.waitFor(/connected to a stranger/)
    one.send('hi')
    await other.waitFor(/"msg":"hi"/)

    const before = await reports(3, 1)
    for (const { since, totals, by } of before) {
      expect(since).toBe(before[0].since)
      expect(totals.connections).toBeGreaterThanOrEqual(4)
      expect(by).toMatchObject({ websocket: { messages: 1 }, polling: { messages: 1 }, strangers: { messages: 1 } })
      expect(totals.bandwidthBytes).toBeGreaterThan(1_000)
    }

    TestClient.disconnectAll()
    DialectClient.disconnectAll()
    await run.stop()
    const { searchParams } = run.report
    run = await begin(dataDir)
    expect(run.report.searchParams.get('token')).toBe(searchParams.get('token'))
    const after = await reports(3, 1)
    for (const { since, totals } of after) {
      expect(since).toBe(before[0].since)
      expect(totals.connections).toBeGreaterThanOrEqual(before[0].totals.connections)
      expect(totals.bytesIn).toBeGreaterThanOrEqual(before[0].totals.bytesIn)
    }
  })

  test('the printed URL opens the pages, on the main port and on the strangers port', async () => {
    for (const url of run.urls.slice(0, 2)) {
      const path = run.report.pathname + run.report.search
      const taken = await fetch(url + path, { redirect: 'manual' })
      expect([taken.status, taken.headers.get('location')]).toEqual([303, '/report'])
      const passes = taken.headers.getSetCookie().map((cookie) => cookie.split(';')[0]!)
      for (const [page, heading] of [
        ['/report', '<h1>Report</h1>'],
        ['/logs', '<h1>Logs</h1>'],
      ] as const) {
        const shown = await fetch(url + page, { headers: { Cookie: passes[0]!, Accept: 'text/html' } })
        expect([shown.status, shown.headers.get('cache-control')]).toEqual([200, 'no-store'])
        expect(await shown.text()).toContain(heading)
        expect((await fetch(url + page)).status).toBe(401)
        expect((await fetch(`${url}${page}.json?token=${'x'.repeat(43)}`)).status).toBe(401)
      }
      for (const file of ['style.css', 'live.js']) expect((await fetch(`${url}/report/${file}`)).status).toBe(200)
    }
  })

  test('the logs contain the events of all nodes, from before and after the restart', async () => {
    const [url] = run.urls as [string]
    const { events } = await until(async () => {
      const { value } = (await ask(url, '/logs.json?limit=1000')).body
      const starts = value?.events.filter(({ kind }: { kind: string }) => kind === 'start')
      return starts?.length >= 4 ? value : undefined
    })
    const of = (kind: string) => events.filter((event: { kind: string }) => event.kind === kind)
    expect(
      of('message')
        .map(({ way }: { way: string }) => way)
        .sort(),
    ).toEqual(['polling', 'strangers', 'websocket'])
    expect(of('match')).toHaveLength(1)
    expect(of('disconnect').length).toBeGreaterThanOrEqual(4)
    expect(JSON.stringify(events)).not.toContain('hello')
  })

  const itTellsOfAnOutage = () =>
    test('during a store outage the report shows the reason, and it recovers with the store', async () => {
      const redis = run.cluster!.redis!
      const node = run.urls.at(-1)!
      redis.kill('SIGSTOP')
      const { body } = await until(async () => {
        const answer = await ask(node, '/report.json')
        return answer.status === 503 ? answer : undefined
      })
      redis.kill('SIGCONT')
      expect(body.fault).toMatchObject({
        code: 'unavailable',
        retryable: true,
        message: expect.stringMatching(/^[A-Z].+[.]$/),
      })
      await reports(3, 1)
    })
  // In a single process, the store cannot fail separately.
  if (begin === asCluster) itTellsOfAnOutage()
})
