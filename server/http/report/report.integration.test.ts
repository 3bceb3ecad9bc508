import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ReportServer, sample, TOKEN } from '../../test/report-server.ts'

const addresses = ['/report', '/report.json', '/report.csv', '/logs', '/logs.json']
const acceptHtml = { Accept: 'text/html' }
const noToken = { Authorization: '' }
let reportServer: ReportServer
/** Start of the current 10 s sample, in Unix milliseconds. */
let at: number

beforeAll(async () => {
  reportServer = await ReportServer.open()
  at = Math.floor(Date.now() / 10_000) * 10_000
  await reportServer.flush({
    counts: {
      websocket: { connections: 3, messages: 40, bytesIn: 1_000, bytesOut: 2_048 },
      strangers: { connections: 2, matches: 1, disconnects: 2, bytesIn: 48 },
    },
    deliveries: 80,
    now: {
      connections: 5,
      messagesPerSecond: 20,
      bytesInPerSecond: 10,
      bytesOutPerSecond: 20,
      deliveriesPerSecond: 40,
    },
    samples: [
      sample('n1', at, { messages: 50, coveredMs: 5_000, open: { websocket: 3 }, append: [0, 0, 9], cpu: 0.5 }),
      sample('n1', at - 10_000, { messages: 10 }),
    ],
  })
  const other = { bytesIn: 100, open: { websocket: 1, strangers: 1 }, rssBytes: 200 * 2 ** 20 }
  await reportServer.flush({ incarnation: 'n2.1', samples: [sample('n2', at, other)] })
  for (let i = 1; i <= 3; i++) await reportServer.recordEvent({ details: `Message size: ${i} bytes` })
  await reportServer.recordEvent({ kind: 'error', event: 'Error', details: 'It <b>broke</b>', node: 'n2', skipped: 7 })
})
afterAll(() => reportServer.close())

describe('access', () => {
  test('every path rejects requests without the token, and responses are not cacheable', async () => {
    for (const path of addresses) {
      for (const headers of [noToken, { Authorization: 'Bearer wrong' }, { Cookie: 'hubbub_report=1.x', ...noToken }]) {
        const response = await reportServer.request(path, headers)
        expect([path, response.status]).toEqual([path, 401])
        expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
        expect(response.headers.get('cache-control')).toBe('no-store')
        expect(response.headers.get('referrer-policy')).toBe('no-referrer')
        expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
      }
    }
    const fault = await (await reportServer.request('/report.json', noToken)).json()
    expect(fault).toMatchObject({ ok: false, fault: { code: 'unauthorized', retryable: false } })
    const page = await (await reportServer.request('/report', { ...noToken, ...acceptHtml })).text()
    expect(page).toContain('/report?token=')
    expect(page).not.toContain(TOKEN)
  })

  test('a token in the URL is exchanged for a cookie and removed by a redirect', async () => {
    const response = await reportServer.request(`/logs?kind=error&token=${encodeURIComponent(TOKEN)}`, noToken)
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/logs?kind=error')
    const cookies = response.headers.getSetCookie()
    expect(cookies.map((cookie) => /Path=([^;]+)/.exec(cookie)![1])).toEqual(addresses)
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; HttpOnly/)
      expect(cookie).toMatch(/; SameSite=Strict/)
      expect(cookie).not.toMatch(/; Secure/)
      expect(cookie).not.toContain('sesame')
    }
    const Cookie = cookies[0]!.split(';')[0]!
    for (const path of addresses) expect((await reportServer.request(path, { Cookie, ...noToken })).status).toBe(200)
    const secure = await reportServer.request(`/report?token=${encodeURIComponent(TOKEN)}`, {
      'X-Forwarded-Proto': 'https',
    })
    expect(secure.headers.getSetCookie()[0]).toMatch(/; Secure/)
    expect(secure.headers.get('location')).toBe('/report')
  })

  test('a wrong token in the URL sets no cookie, even with a valid Authorization header', async () => {
    for (const wrong of ['', 'wrong', 'x'.repeat(4_000)]) {
      const response = await reportServer.request(`/report?token=${wrong}`)
      expect(response.status).toBe(401)
      expect(response.headers.getSetCookie()).toEqual([])
    }
  })

  test('an unavailable node answers 503 with the reason, with or without the token', async () => {
    reportServer.unavailableReason = 'The connection to the store is down.'
    try {
      for (const headers of [{}, noToken]) {
        const response = await reportServer.request('/report', { ...acceptHtml, ...headers })
        expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
        expect(await response.text()).toContain('<p>The connection to the store is down. Try again.</p>')
        const { fault } = await (await reportServer.request('/logs.json', headers)).json()
        expect(fault).toMatchObject({ code: 'unavailable', retryable: true })
      }
    } finally {
      reportServer.unavailableReason = undefined
    }
  })
})

describe('the report', () => {
  test('JSON has totals, peaks, transports, nodes, and the load over time', async () => {
    const { ok, value } = await (await reportServer.request('/report.json')).json()
    expect(ok).toBe(true)
    expect(value.totals).toEqual({
      connections: 5,
      matches: 1,
      messages: 40,
      disconnects: 2,
      errors: 0,
      bytesIn: 1_048,
      bytesOut: 2_048,
      deliveries: 80,
      bandwidthBytes: 3_096,
      uptimeMs: 3_600_000,
      // All nodes share one process, whose memory is counted once.
      memoryBytes: 100 * 2 ** 20,
      heapUsedBytes: 50 * 2 ** 20,
      cpuCores: [2],
    })
    expect(Date.parse(value.since)).toBeGreaterThan(at - 60_000)
    expect(value.peaks.messagesPerSecond).toMatchObject({ value: 20, at: expect.stringMatching(/^\d{4}-/) })
    expect(value.by.strangers).toMatchObject({ connections: 2, matches: 1, bytesIn: 48 })
    expect(value.nodes.map(({ node }: { node: string }) => node)).toEqual(['n1', 'n2'])
    expect(value.range).toMatchObject({ name: '15m', stepMs: 10_000 })
    const points = value.series.filter((point: { at: string }) => Date.parse(point.at) === at)
    expect(points).toMatchObject([
      { node: 'n1', messagesPerSecond: 10, connections: 3, cpu: 0.5, appendP99Ms: expect.closeTo(0.2, 5) },
      { node: 'n2', bytesInPerSecond: 10, connections: 2, messagesPerSecond: 0, rssBytes: 200 * 2 ** 20 },
    ])
    expect(points[1]).not.toHaveProperty('appendP99Ms')
    expect((await (await reportServer.request('/report', { Accept: 'application/json' })).json()).ok).toBe(true)
  })

  test('CSV has the same values, one per row', async () => {
    const response = await reportServer.request('/report.csv')
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(response.headers.get('content-disposition')).toBe('attachment; filename=report.csv')
    const text = await response.text()
    expect(text.endsWith('\r\n')).toBe(true)
    const rows = text
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(','))
    expect(rows[0]).toEqual(['section', 'name', 'of', 'at', 'value'])
    expect(rows.every((row) => row.length === 5)).toBe(true)
    const value = (...found: string[]) => rows.find((row) => found.every((field) => row.includes(field)))?.[4]
    expect(value('total', 'bandwidthBytes')).toBe('3096')
    expect(value('way', 'connections', 'strangers')).toBe('2')
    expect(value('peak', 'connections')).toBe('5')
    expect(value('load', 'messagesPerSecond', 'n1', new Date(at).toISOString())).toBe('10')
  })

  test('the page shows the figures of the original report under their original names', async () => {
    const response = await reportServer.request('/report', acceptHtml)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('vary')).toBe('Accept')
    const page = await response.text()
    const shown = [...page.matchAll(/<dt>(.+?)<\/dt><dd>([^<]+)/g)].map(([, name, value]) => [name, value])
    expect(shown).toEqual([
      ['Total Connections', '5'],
      ['Total Matches', '1'],
      ['Total Messages', '40'],
      ['Total Disconnects', '2'],
      ['Uptime', '1 h'],
      ['Memory Usage', '100 MB'],
      ['Heap Used', '50 MB'],
      ['CPU Cores', '2'],
      ['Total Bandwidth (approx)', '3.02 KB'],
      ['Total Errors', '0'],
    ])
    expect(page).not.toMatch(/ style=|<script>| on\w+="/)
  })

  test.each([
    ['15m', 10_000, 90],
    ['6h', 60_000, 360],
    ['day', 600_000, 144],
    ['month', 7_200_000, 360],
  ])('range %s has the documented resolution', async (range, stepMs, points) => {
    const { value } = await (await reportServer.request(`/report.json?range=${range}`)).json()
    expect(value.range.stepMs).toBe(stepMs)
    expect((Date.parse(value.range.to) - Date.parse(value.range.from)) / stepMs).toBe(points)
    expect(Date.parse(value.range.to)).toBeGreaterThan(Date.parse(value.asOf))
    expect((await reportServer.request(`/report?range=${range}`, acceptHtml)).status).toBe(200)
  })

  test('invalid query parameters are rejected by name', async () => {
    const { fault } = await (await reportServer.request('/report.json?range=year')).json()
    expect(fault).toMatchObject({ code: 'bad_input', message: expect.stringContaining('range') })
    const page = await reportServer.request('/logs?kind=<b>', acceptHtml)
    expect(page.status).toBe(400)
    expect(await page.text()).toContain('kind: ')
  })
})

describe('the logs', () => {
  const logs = async (query = '') => (await (await reportServer.request(`/logs.json${query}`)).json()).value

  test('returns the latest events, oldest first, and the events after a position', async () => {
    const { events, next } = await logs()
    expect(events.map(({ details }: { details: string }) => details)).toEqual([
      'Message size: 1 bytes',
      'Message size: 2 bytes',
      'Message size: 3 bytes',
      'It <b>broke</b>',
    ])
    expect((await logs('?limit=2')).events.map(({ n }: { n: number }) => n)).toEqual([3, 4])
    expect(await logs(`?after=${next}`)).toEqual({ events: [], next })
    await reportServer.recordEvent({ kind: 'match', event: 'Matched' })
    expect((await logs(`?after=${next}`)).events).toMatchObject([{ event: 'Matched', n: next + 1 }])
  })

  test('filters by kind and by node, and ignores the empty fields of a form', async () => {
    const of = async (query: string) => (await logs(query)).events.map(({ node }: { node: string }) => node)
    expect(await of('?kind=error')).toEqual(['n2'])
    expect(await of('?node=n2&kind=')).toEqual(['n2'])
    expect(await of('?node=n1&kind=error&limit=')).toEqual([])
  })

  test('the page lists events newest first, and escapes their details', async () => {
    const page = await (await reportServer.request('/logs', acceptHtml)).text()
    expect(page).toContain('It &lt;b&gt;broke&lt;/b&gt;')
    expect(page).toContain('7 more before this one')
    expect(page.indexOf('size: 3 bytes')).toBeLessThan(page.indexOf('size: 2 bytes'))
    const filtered = await (await reportServer.request('/logs?kind=error&node=n2', acceptHtml)).text()
    expect(filtered).toContain('<option value="error" selected>')
    expect(filtered).toContain('<option value="n2" selected>')
    expect(filtered).not.toContain('Message Relay')
    expect(await (await reportServer.request('/logs?node=nowhere', acceptHtml)).text()).toContain('No events yet')
  })
})
