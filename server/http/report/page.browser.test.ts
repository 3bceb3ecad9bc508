import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { accessibilityFindings, launch } from '../../../client/web/test-page.ts'
import { ReportServer, sample, TOKEN } from '../../test/report-server.ts'

jest.setTimeout(120_000)

let browser: Browser
let reportServer: ReportServer
const problems: string[] = []
const PHONE = { viewport: { width: 360, height: 740 } }

beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser?.close())

beforeEach(async () => {
  problems.length = 0
  reportServer = await ReportServer.open({ redisUrl: 'redis://elsewhere' })
  const now = Math.floor(Date.now() / 10_000) * 10_000
  for (const [i, node] of ['n1', 'n2', 'n3'].entries()) {
    // n2 was down for two minutes.
    const times = Array.from({ length: 89 }, (_, back) => now - back * 10_000).filter(
      (_, back) => i !== 1 || back < 30 || back > 42,
    )
    const samples = times.map((at, back) =>
      sample(node, at, {
        messages: 200 + 40 * i + Math.round(60 * Math.sin(back / 7)),
        bytesIn: 60_000 * (i + 1) + 900 * back,
        bytesOut: 240_000 * (i + 1) + 6_000 * (back % 11),
        open: { websocket: 30 + 5 * i + (back % 4), polling: 6 },
        append: [0, 4, 60, 80, 20, 5],
        delivery: [0, 0, 0, 10, 40, 60, 20, back % 9],
        rssBytes: (120 + 10 * i + back / 4) * 2 ** 20,
        cpu: 0.2 + 0.05 * i + (back % 5) / 100,
      }),
    )
    await reportServer.flush({
      incarnation: `${node}.1`,
      counts: { websocket: { connections: 1_200, messages: 52_000, bytesIn: 9e8, bytesOut: 6e9 } },
      now: {
        connections: 40,
        messagesPerSecond: 30,
        bytesInPerSecond: 2e5,
        bytesOutPerSecond: 9e5,
        deliveriesPerSecond: 9e3,
      },
      samples,
    })
  }
})
afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  await reportServer.close()
  expect(problems).toEqual([])
})

/** Opens a page with the token in its URL, as printed at startup, and with a clock that the test controls. */
async function openPage(path: string, settings: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context = await browser.newContext(settings)
  const page = await context.newPage()
  await page.clock.install()
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (line) => line.type() === 'error' && problems.push(line.text()))
  const url = new URL(path, reportServer.url)
  url.searchParams.set('token', TOKEN)
  await page.goto(`${url}`)
  return page
}

const total = (page: Page, name: string) =>
  page.getByRole('region', { name: 'Totals' }).locator('div').filter({ hasText: name }).locator('dd')
const status = (page: Page) => page.getByRole('status')
const events = (page: Page) => page.getByRole('list', { name: 'Events' }).getByRole('listitem')
const fitsViewport = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)

test('the printed address opens the report, and the token is removed from the URL', async () => {
  const page = await openPage('/report?range=6h')
  expect(page.url()).toBe(`${reportServer.url}/report?range=6h`)
  await total(page, 'Total Messages').getByText('156,000', { exact: true }).waitFor()
  expect(await page.evaluate(() => document.cookie)).toBe('')
  expect(await page.evaluate(() => history.length)).toBeLessThanOrEqual(2)
  await page.getByRole('link', { name: 'Logs' }).click()
  await page.getByRole('heading', { name: 'Logs', level: 1 }).waitFor()
  await page.getByRole('link', { name: 'Report' }).click()
  await page.getByRole('link', { name: '24 hours' }).click()
  await page.waitForURL(/\/report\?range=day$/)
})

test('every chart repeats its values in a table', async () => {
  const page = await openPage('/report')
  expect(await page.getByRole('figure').count()).toBe(9)
  const memory = page.getByRole('figure', { name: 'Memory' })
  expect(await memory.getByRole('row').allInnerTexts()).toHaveLength(4)
  expect(await memory.getByRole('row', { name: 'n3' }).textContent()).toContain('140 MB')
  // One line per node; the line of n2 is interrupted.
  const segments = await memory
    .locator('.plot .line')
    .evaluateAll((lines) => lines.map((line) => (line.getAttribute('d') ?? '').split('M').length - 1))
  expect(segments).toEqual([1, 2, 1])
})

test.each(['/report', '/logs'])('%s has no accessibility violations and fits a phone screen', async (path) => {
  await reportServer.recordEvent({
    kind: 'error',
    event: 'Error',
    details: 'It broke',
    user: 'abcdefghij0123456789',
    skipped: 7,
  })
  const page = await openPage(path, PHONE)
  expect(await accessibilityFindings(page)).toEqual([])
  expect(await fitsViewport(page)).toBe(true)
})

test('the report refreshes itself unless it is paused', async () => {
  const page = await openPage('/report')
  await status(page).getByText('Live, every 5 s').waitFor()
  await reportServer.flush({ counts: { text: { messages: 11 } } })
  await page.clock.runFor(6_000)
  await total(page, 'Total Messages').getByText('156,011').waitFor()

  // The content does not change while a table has the keyboard focus.
  await page.getByRole('region', { name: 'Nodes now, table' }).focus()
  await page.clock.runFor(6_000)
  await status(page).getByText('Paused while you read').waitFor()

  // Pausing by keyboard.
  await page.getByRole('button', { name: 'Pause' }).press('Enter')
  await status(page).getByText('Paused').waitFor()
  let requests = 0
  page.on('request', () => requests++)
  await page.clock.runFor(60_000)
  expect(requests).toBe(0)
  await reportServer.flush({ counts: { text: { messages: 1 } } })
  await page.getByRole('button', { name: 'Resume' }).click()
  await total(page, 'Total Messages').getByText('156,012').waitFor()
  await status(page).getByText('Live, every 5 s').waitFor()
})

test('shows failed refreshes and resumes when the server answers again', async () => {
  const page = await openPage('/report')
  reportServer.unavailableReason = 'The connection to the store is down.'
  await page.clock.runFor(6_000)
  await status(page).getByText('Update failed (503). Retrying…').waitFor()
  await total(page, 'Total Messages').getByText('156,000', { exact: true }).waitFor()
  reportServer.unavailableReason = undefined
  await page.clock.runFor(6_000)
  await status(page).getByText('Live, every 5 s').waitFor()
  await page.context().clearCookies()
  await page.clock.runFor(6_000)
  await status(page).getByText('Your session has expired. Reload the page.').waitFor()
  // The browser logs each error response to the console.
  expect(problems.every((text) => /status of (503|401)/.test(text))).toBe(true)
  problems.length = 0
})

test('new events appear, filters apply, and event details are escaped', async () => {
  const page = await openPage('/logs')
  await page.getByText('No events yet.').waitFor()
  await reportServer.recordEvent({ node: 'n1' })
  await reportServer.recordEvent({ kind: 'error', event: 'Error', details: '<img src=x onerror=alert(1)>', node: 'n2' })
  await page.clock.runFor(3_000)
  await events(page).first().getByText('<img src=x onerror=alert(1)>').waitFor()
  expect(await events(page).count()).toBe(2)
  expect(await page.locator('main img').count()).toBe(0)

  await page.getByLabel('Kind').selectOption('Messages')
  await page.getByLabel('Node').selectOption('n1')
  await page.getByRole('button', { name: 'Show' }).click()
  await page.waitForURL(/kind=message&node=n1/)
  await events(page).getByText('Message Relay').waitFor()
  await reportServer.recordEvent({ node: 'n2', details: 'Message size: 2 bytes' })
  await reportServer.recordEvent({ node: 'n1', details: 'Message size: 1 bytes' })
  await page.clock.runFor(3_000)
  await events(page).getByText('Message size: 1 bytes').waitFor()
  expect(await events(page).count()).toBe(2)
})

test('works without JavaScript, with a link that refreshes the page', async () => {
  await reportServer.recordEvent({ details: 'Message size: 3 bytes' })
  const page = await openPage('/logs?kind=message', { javaScriptEnabled: false })
  await events(page).getByText('Message size: 3 bytes').waitFor()
  await reportServer.recordEvent({ details: 'Message size: 4 bytes' })
  await page.getByRole('link', { name: 'Refresh' }).click()
  await events(page).getByText('Message size: 4 bytes').waitFor()
  expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(0)
  await page.getByRole('link', { name: 'Report' }).click()
  await total(page, 'Total Messages').getByText('156,000', { exact: true }).waitFor()
  expect(await page.locator('.plot .line').count()).toBe(27)
})

test('without the token, a form asks for it and says where to find it', async () => {
  const page = await (await browser.newContext()).newPage()
  const response = await page.goto(`${reportServer.url}/logs`)
  expect(response!.status()).toBe(401)
  expect(await accessibilityFindings(page)).toEqual([])
  await page.getByLabel('Admin token').fill('something else')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('Invalid admin token.').waitFor()
  await page.getByLabel('Admin token').fill(TOKEN)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Logs', level: 1 }).waitFor()
  expect(page.url()).toBe(`${reportServer.url}/logs`)
})
