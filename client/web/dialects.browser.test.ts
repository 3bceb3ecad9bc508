import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { freePort } from '../../server/local/free-port.ts'
import { accessibilityFindings, type BuiltServer, launch, open, startBuiltServer } from './test-page.ts'

let cluster: BuiltServer
let browser: Browser
const ports: Record<string, number> = {}
const problems: string[] = []

beforeAll(async () => {
  for (const dialect of ['json', 'events', 'strangers']) ports[dialect] = await freePort()
  const list = Object.entries(ports).map(([dialect, port]) => `${dialect}:${port}`)
  cluster = await startBuiltServer({ DIALECT_PORTS: list.join(',') })
  browser = await launch()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await cluster?.stop()
})

async function at(url: string): Promise<Page> {
  const page = await open(browser, url, (text) => problems.push(text))
  await page.getByRole('status').getByText('Connected').waitFor()
  return page
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox').fill(text)
  await page.getByRole('button', { name: 'Send' }).click()
}

const line = (page: Page, text: string) => page.getByRole('log').getByText(text, { exact: true })

test('the dialect pages exchange messages, on the main port and on their own ports', async () => {
  const text = await at(`${cluster.url}/dialects/text`)
  const json = await at(`http://localhost:${ports.json}/`)
  const events = await at(`http://localhost:${ports.events}/`)
  await json.getByText(/^Port\d+: Welcome to the chat!$/).waitFor()
  await line(events, 'Welcome to the WebSocket server!').waitFor()

  await say(text, '<b>hello</b>')
  await line(text, '<b>hello</b>').waitFor()
  await json
    .getByRole('log')
    .getByText(/^Guest \w{4}: <b>hello<\/b>$/)
    .waitFor()
  await say(json, 'hi')
  await line(text, 'hi').waitFor()
  await events
    .getByRole('log')
    .getByText(/^Port\d+: hi$/)
    .waitFor()
  await say(events, '/broadcast to all')
  await line(events, 'Broadcast sent to 2: to all').waitFor()
  await line(text, 'to all').waitFor()
  await say(events, '/ping')
  await events
    .getByRole('log')
    .getByText(/^Pong after \d+ ms$/)
    .waitFor()
  expect(await accessibilityFindings(text)).toEqual([])
  expect(problems).toEqual([])
}, 120_000)

test('two strangers are matched on the strangers page', async () => {
  const one = await at(`${cluster.url}/dialects/strangers`)
  const other = await at(`http://localhost:${ports.strangers}/`)
  for (const page of [one, other]) await line(page, 'You are connected to a stranger!').waitFor()
  await say(one, 'hello')
  await line(one, 'You: hello').waitFor()
  await line(other, 'Stranger: hello').waitFor()
  await other.close()
  await line(one, 'Stranger disconnected.').waitFor()
  expect(problems).toEqual([])
})
