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
    // The second one was away for two minutes.
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

/** Comes by the printed address, with a clock that the test moves. */
async function show(path: string, settings: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
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
const state = (page: Page) => page.getByRole('status')
const events = (page: Page) => page.getByRole('list', { name: 'Events' }).getByRole('listitem')
const fits = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)

test('the printed address leads to the report, and the token does not stay', async () => {
  const page = await show('/report?range=6h')
  expect(page.url()).toBe(`${reportServer.url}/report?range=6h`)
  await total(page, 'Total Messages').getByText('156,000', { exact: true }).waitFor()
  expect(await page.evaluate(() => document.cookie)).toBe('')
  expect(await page.evaluate(() => history.length)).toBeLessThanOrEqual(2)
  await page.getByRole('link', { name: 'Logs' }).click()
  await page.getByRole('heading', { name: 'Logs', level: 1 }).waitFor()
  await page.getByRole('link', { name: 'Report' }).click()
  await page.getByRole('link', { name: 'a day' }).click()
  await page.waitForURL(/\/report\?range=day$/)
})

test('every plot has its figures beside it for those who do not see it', async () => {
  const page = await show('/report')
  expect(await page.getByRole('figure').count()).toBe(9)
  const memory = page.getByRole('figure', { name: 'Memory' })
  expect(await memory.getByRole('row').allInnerTexts()).toHaveLength(4)
  expect(await memory.getByRole('row', { name: 'n3' }).textContent()).toContain('140 MB')
  // One line for each node; that of the node that was away is in two pieces.
  const pieces = await memory
    .locator('.plot .line')
    .evaluateAll((lines) => lines.map((line) => (line.getAttribute('d') ?? '').split('M').length - 1))
  expect(pieces).toEqual([1, 2, 1])
})

test.each(['/report', '/logs'])('axe-core finds nothing in %s, and it fits a phone', async (path) => {
  await reportServer.recordEvent({
    kind: 'error',
    event: 'Error',
    details: 'It broke',
    user: 'abcdefghij0123456789',
    skipped: 7,
  })
  const page = await show(path, PHONE)
  expect(await accessibilityFindings(page)).toEqual([])
  expect(await fits(page)).toBe(true)
})

test('it stays up to date, unless it is paused', async () => {
  const page = await show('/report')
  await state(page).getByText('Live, every 5 s').waitFor()
  await reportServer.flush({ counts: { text: { messages: 11 } } })
  await page.clock.runFor(6_000)
  await total(page, 'Total Messages').getByText('156,011').waitFor()

  // Nothing moves under the eyes of somebody who reads a table by keyboard.
  await page.getByRole('region', { name: 'Nodes now, table' }).focus()
  await page.clock.runFor(6_000)
  await state(page).getByText('Waiting while you read').waitFor()

  // By keyboard alone.
  await page.getByRole('button', { name: 'Pause' }).press('Enter')
  await state(page).getByText('Paused').waitFor()
  let asked = 0
  page.on('request', () => asked++)
  await page.clock.runFor(60_000)
  expect(asked).toBe(0)
  await reportServer.flush({ counts: { text: { messages: 1 } } })
  await page.getByRole('button', { name: 'Go on' }).click()
  await total(page, 'Total Messages').getByText('156,012').waitFor()
  await state(page).getByText('Live, every 5 s').waitFor()
})

test('it says when nobody answers, and goes on when somebody does', async () => {
  const page = await show('/report')
  reportServer.unavailableReason = 'The connection to the store is down.'
  await page.clock.runFor(6_000)
  await state(page).getByText('No answer just now (503). Trying again.').waitFor()
  await total(page, 'Total Messages').getByText('156,000', { exact: true }).waitFor()
  reportServer.unavailableReason = undefined
  await page.clock.runFor(6_000)
  await state(page).getByText('Live, every 5 s').waitFor()
  await page.context().clearCookies()
  await page.clock.runFor(6_000)
  await state(page).getByText('The pass is over: load the page again.').waitFor()
  // The browser tells of each answer that is a no.
  expect(problems.every((text) => /status of (503|401)/.test(text))).toBe(true)
  problems.length = 0
})

test('events appear as they happen, filtered; names and errors are text', async () => {
  const page = await show('/logs')
  await page.getByText('Nothing of this kind has happened yet.').waitFor()
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

test('without a script: the same pages, with a link to ask again', async () => {
  await reportServer.recordEvent({ details: 'Message size: 3 bytes' })
  const page = await show('/logs?kind=message', { javaScriptEnabled: false })
  await events(page).getByText('Message size: 3 bytes').waitFor()
  await reportServer.recordEvent({ details: 'Message size: 4 bytes' })
  await page.getByRole('link', { name: 'Refresh' }).click()
  await events(page).getByText('Message size: 4 bytes').waitFor()
  expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(0)
  await page.getByRole('link', { name: 'Report' }).click()
  await total(page, 'Total Messages').getByText('156,000', { exact: true }).waitFor()
  expect(await page.locator('.plot .line').count()).toBe(27)
})

test('who comes without the token is told where it is, and may type it', async () => {
  const page = await (await browser.newContext()).newPage()
  const answer = await page.goto(`${reportServer.url}/logs`)
  expect(answer!.status()).toBe(401)
  expect(await accessibilityFindings(page)).toEqual([])
  await page.getByLabel('Admin token').fill('something else')
  await page.getByRole('button', { name: 'Show' }).click()
  await page.getByText('This is not the admin token of this server.').waitFor()
  await page.getByLabel('Admin token').fill(TOKEN)
  await page.getByRole('button', { name: 'Show' }).click()
  await page.getByRole('heading', { name: 'Logs', level: 1 }).waitFor()
  expect(page.url()).toBe(`${reportServer.url}/logs`)
})
