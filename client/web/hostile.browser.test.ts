import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import {
  type BuiltServer,
  composer,
  launch,
  message,
  messages,
  open,
  openDirectRoom,
  openRoom,
  send,
  signIn,
  startBuiltServer,
  waitForTitle,
} from './test-page.ts'

let cluster: BuiltServer
let browser: Browser
const problems: string[] = []

beforeAll(async () => {
  cluster = await startBuiltServer()
  browser = await launch()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await cluster?.stop()
})
afterEach(async () => {
  problems.length = 0
  await Promise.all(browser.contexts().map((context) => context.close()))
})

const NAMES = ['<img src=x onerror=alert(1)>', '"><svg onload=alert(1)>'] as const
const TEXTS = [
  '<script>alert(0)</script>',
  '<img src=https://elsewhere.example/x onerror=alert(1)>',
  '</textarea><iframe srcdoc="<script>alert(1)</script>">',
  '[x](javascript:alert(1)) JavaScript:alert(1) data:text/html,<script>alert(1)</script>',
  '{{constructor.constructor("alert(1)")()}} #{alert(1)}',
  '<style>*{display:none}</style><base href=https://elsewhere.example>',
  '<a href="javascript:alert(1)" onclick=alert(1)>x</a>',
]
/** Elements and attributes that are on the page only if a text was parsed as HTML. */
const INJECTED =
  'script, iframe, object, base, style, img:not([src^="/"]), a[href^="javascript" i], [onerror], [onload], [onclick]'

/** A page that records dialogs, policy violations and requests to other hosts in `problems`. */
async function watched(): Promise<Page> {
  const page = await open(browser, cluster.url, (problem) => problems.push(problem))
  const elsewhere = (url: string) => {
    const { host, protocol } = new URL(url)
    if (protocol !== 'data:' && host !== new URL(cluster.url).host) problems.push(`asked ${url}`)
  }
  page.on('request', (request) => elsewhere(request.url()))
  page.on('websocket', (socket) => elsewhere(socket.url()))
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  await page.exposeFunction('violated', (directive: string, what: string) => problems.push(`${directive}: ${what}`))
  await page.addInitScript(() => {
    const { violated } = window as unknown as { violated(directive: string, what: string): void }
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      violated(violatedDirective, blockedURI),
    )
  })
  await page.reload()
  return page
}

const injected = (page: Page) =>
  page.evaluate((what) => [...document.body.querySelectorAll(what)].map((one) => one.outerHTML), INJECTED)

test('renders hostile names and texts as text everywhere, and loads nothing from other hosts', async () => {
  const [eve, mal] = [await signIn(await watched(), NAMES[0]), await signIn(await watched(), NAMES[1])]
  await Promise.all([openRoom(eve, 'trap'), openRoom(mal, 'trap')])
  for (const text of TEXTS) {
    await composer(mal).pressSequentially(text[0]!)
    await send(mal, text)
  }
  await message(eve, TEXTS.at(-1)!).waitFor()
  expect(await messages(eve, '').locator('.text').allTextContents()).toEqual(TEXTS)
  await message(eve, TEXTS[0]!).hover()
  await message(eve, TEXTS[0]!).getByRole('button', { name: 'Reply' }).click()
  await eve.getByText(`Replying to ${NAMES[1]}: ${TEXTS[0]}`).waitFor()
  await send(eve, `@${NAMES[1]} no`)
  await message(mal, `@${NAMES[1]} no`)
    .getByRole('button', { name: `${NAMES[1]} ${TEXTS[0]}` })
    .waitFor()
  await message(mal, `@${NAMES[1]} no`).hover()
  await message(mal, `@${NAMES[1]} no`).getByRole('button', { name: 'React with thumbs up' }).click()
  await message(eve, `@${NAMES[1]} no`)
    .getByRole('button', { name: `thumbs up, 1: ${NAMES[1]}` })
    .waitFor()
  for (const page of [eve, mal]) expect(await injected(page)).toEqual([])

  await openDirectRoom(eve, NAMES[1])
  await send(eve, TEXTS[1]!)
  await mal
    .getByRole('link', { name: `${NAMES[0]}, online, 1 unread` })
    .getByText(TEXTS[1]!)
    .waitFor()
  await mal.getByRole('link', { name: `${NAMES[0]}, online, 1 unread` }).click()
  await message(mal, TEXTS[1]!).waitFor()
  await eve.getByText(`Seen by ${NAMES[1]}`).waitFor()
  await waitForTitle(eve, `${NAMES[1]} – Hubbub`)
  await eve.keyboard.press('Control+k')
  await eve.getByRole('option', { name: NAMES[1] }).waitFor()
  await eve.keyboard.press('Escape')
  for (const page of [eve, mal]) expect(await injected(page)).toEqual([])

  for (const page of [eve, mal]) await page.getByRole('button', { name: 'Talk to a stranger' }).click()
  const talk = mal.getByRole('dialog', { name: 'Talk to a stranger' })
  await talk.getByRole('heading', { name: NAMES[0] }).waitFor()
  const field = eve.getByRole('dialog').getByRole('textbox', { name: 'Message to the stranger' })
  await field.fill(TEXTS[2]!)
  await field.press('Enter')
  await talk.getByText(TEXTS[2]!).waitFor()
  for (const page of [eve, mal]) expect(await injected(page)).toEqual([])
  expect(problems).toEqual([])
}, 120_000)

test('renders a room address with markup as text, and the cluster dashboard complies with its policy', async () => {
  const page = await watched()
  await page.goto(`${cluster.url}/#/room/${encodeURIComponent(NAMES[0])}`)
  await page.reload()
  await signIn(page, 'Ida')
  await page.getByRole('alert').waitFor()
  expect(await injected(page)).toEqual([])
  await page.goto(`${cluster.url}/cluster`)
  await page.getByRole('table', { name: 'Nodes' }).getByText('n3').first().waitFor()
  expect(await injected(page)).toEqual([])
  expect(problems).toEqual([])
}, 60_000)

test('a violation of the Content-Security-Policy is detected by these tests', async () => {
  const page = await watched()
  await page.evaluate(() => {
    const image = document.createElement('img')
    image.src = 'https://elsewhere.example/x.png'
    document.body.append(image)
  })
  for (const seen of ['img-src: https://elsewhere.example/', 'asked https://elsewhere.example/x.png'])
    while (!problems.some((problem) => problem.startsWith(seen))) await delay(10)
}, 60_000)
