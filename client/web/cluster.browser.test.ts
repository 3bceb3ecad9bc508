import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { type RunningCluster, startCluster } from '../../server/local/cluster.ts'
import { ChatClient } from '../sdk/client.ts'
import { accessibilityFindings, launch, message, messages, open, send, signIn } from './test-page.ts'

/** Time for a lease to lapse and all clients to reconnect on a loaded machine. */
const A_WHILE_MS = 60_000

let cluster: RunningCluster
let browser: Browser
const problems: string[] = []
const crowd: ChatClient[] = []

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, restart: false, env: { LOG_LEVEL: 'error' } })
  browser = await launch()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await cluster?.stop()
})
afterEach(async () => {
  problems.length = 0
  for (const client of crowd.splice(0)) client.close()
  await Promise.all(browser.contexts().map((context) => context.close()))
})

const arrive = async (name: string) =>
  signIn(await open(browser, cluster.url, (problem) => problems.push(problem)), name)
const watch = () => open(browser, `${cluster.url}/cluster`, (problem) => problems.push(problem))
const connection = (page: Page) => page.getByRole('status', { name: 'Connection', exact: true })
const row = (page: Page, node: string) =>
  page.getByRole('table', { name: 'Nodes' }).getByRole('row').filter({ hasText: node })
const happened = (page: Page) => page.getByRole('log', { name: 'Events' }).getByRole('listitem')

/** True if the chart of connections has pixels in the color of a node's swatch. Runs in the browser. */
function lineDrawn(): boolean {
  const card = document.querySelector('[aria-label="Connections"]')!
  const colour = getComputedStyle(card.querySelector('.swatch')!).color.match(/\d+/g)!.map(Number)
  const canvas = card.querySelector('canvas')!
  const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
  for (let i = 0; i < data.length; i += 4) if (colour.every((part, c) => data[i + c] === part)) return true
  return false
}

test('the panel shows the connection, and switches the transport without losing messages', async () => {
  const [ada, bob] = await Promise.all([arrive('Ada'), arrive('Bob')])
  await connection(ada).getByText('· WebSocket').waitFor()
  const details = ada.getByRole('button', { name: 'Connection details' })
  await details.press('Enter')
  const panel = ada.getByRole('region', { name: 'Connection details' })
  const node = /· (n\d) ·/.exec((await connection(ada).textContent())!)![1]!
  await panel.getByText(node, { exact: true }).waitFor()
  await panel.getByRole('img', { name: /^Round-trip times of the last 60 seconds.*Median over WebSocket: / }).waitFor()
  await panel.locator('dt:text-is("Reconnects") + dd').getByText('0', { exact: true }).waitFor()
  expect(await accessibilityFindings(ada, '.connection')).toEqual([])

  for (const [wish, by, count] of [
    ['Long-polling', 'long-polling', 1],
    ['WebSocket', 'WebSocket', 2],
    ['Automatic', 'WebSocket', 3],
  ] as const) {
    await send(bob, `before ${wish}`)
    await panel.getByRole('radio', { name: wish }).check()
    await send(ada, `while ${wish} is on its way`)
    await send(bob, `after ${wish}`)
    await panel.getByText(new RegExp(`^${count}, last in [\\d.]+ m?s$`)).waitFor()
    await connection(ada)
      .getByText(new RegExp(`^Connected · n\\d · ${by}$`))
      .waitFor()
    await panel.getByRole('img', { name: `Median over ${by}: ` }).waitFor()
  }
  for (const wish of ['Long-polling', 'WebSocket', 'Automatic']) {
    for (const text of [`before ${wish}`, `while ${wish} is on its way`, `after ${wish}`]) {
      await message(ada, text).waitFor()
      await message(bob, text).waitFor()
      expect(await messages(ada, text).count()).toBe(1)
    }
  }
  const alone = panel.getByRole('row', { name: /^1 / }).getByRole('cell')
  expect(Number(await alone.textContent())).toBeGreaterThan(0)

  await panel.getByRole('radio', { name: 'Automatic' }).press('Escape')
  await panel.waitFor({ state: 'detached' })
  expect(await details.evaluate((button) => button === document.activeElement)).toBe(true)
  // A request in flight when its session closes is answered with 400, which the browser logs.
  expect(problems.filter((problem) => !problem.includes('400 (Bad Request)'))).toEqual([])
}, 120_000)

test('the dashboard shows the nodes, and its user is on no member list', async () => {
  const [ada, page] = await Promise.all([arrive('Ada'), watch()])
  for (const node of ['n1', 'n2', 'n3']) await row(page, node).getByText('up', { exact: true }).waitFor()
  for (const name of ['Connections', 'Messages', 'Deliveries', 'Event-loop delay', 'Memory']) {
    await page
      .getByRole('region', { name })
      .getByRole('img', { name: `${name}, ` })
      .waitFor()
  }
  await page.waitForFunction(lineDrawn)
  await send(ada, 'Count me.')
  await page
    .getByText(/[1-9]\d* since the nodes started/)
    .first()
    .waitFor()
  expect(await ada.getByRole('complementary', { name: 'Members' }).getByText('Spectator').count()).toBe(0)
  expect(await accessibilityFindings(page)).toEqual([])
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('button', { name: 'Resume' }).click()
  // The token, and with it the guest, survives a reload.
  const token = () => page.evaluate(() => localStorage.getItem('hubbub.spectator'))
  const before = await token()
  await page.reload()
  await row(page, 'n3').waitFor()
  expect(before).toBeTruthy()
  expect(await token()).toBe(before)
  expect(problems).toEqual([])
}, 120_000)

test('the dashboard reports an unavailable store and old data, and no node is lost afterwards', async () => {
  const page = await watch()
  await row(page, 'n3').waitFor()
  cluster.redis!.kill('SIGSTOP')
  try {
    await connection(page).getByText("can't reach the store").waitFor({ timeout: A_WHILE_MS })
    await page.getByText(/^Data is \d+ s old\.$/).waitFor()
    expect(await accessibilityFindings(page)).toEqual([])
  } finally {
    cluster.redis!.kill('SIGCONT')
  }
  await connection(page).getByText('Live ·').waitFor({ timeout: A_WHILE_MS })
  for (const node of ['n1', 'n2', 'n3']) await row(page, node).getByText('up', { exact: true }).waitFor()
  expect(
    await happened(page)
      .filter({ hasText: /gone|silent/ })
      .count(),
  ).toBe(0)
}, 180_000)

test('the dashboard shows a killed node as gone, and where its connections moved', async () => {
  for (let i = 0; i < 9; i++) {
    const client = new ChatClient({ url: cluster.url, name: `P${i}`, transports: [i % 2 ? 'polling' : 'websocket'] })
    crowd.push(client)
    client.connect()
    await client.join('lobby')
  }
  const page = await watch()
  await page.getByRole('region', { name: 'Connections' }).getByText('10 sum').waitFor({ timeout: A_WHILE_MS })
  cluster.nodes[1]!.kill('SIGKILL')
  await row(page, 'n2')
    .getByText(/^gone for \d+ s$/)
    .waitFor({ timeout: A_WHILE_MS })
  await happened(page).filter({ hasText: 'n2 is gone.' }).waitFor()
  const moved = /^\d\d:\d\d:\d\d The (connection|\d+ connections) of n2 moved to (n1|n3|n1 and n3) within \d+ s\.$/
  await happened(page)
    .filter({ hasText: /connections? of n2 moved to/ })
    .waitFor({ timeout: A_WHILE_MS })
  expect(await happened(page).filter({ hasText: 'of n2' }).allTextContents()).toEqual([expect.stringMatching(moved)])
  await page.getByRole('region', { name: 'Connections' }).getByText('10 sum').waitFor({ timeout: A_WHILE_MS })
  await page.getByText('1 silent or gone').waitFor()
}, 180_000)
