import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import {
  type Built,
  composer,
  enter,
  launch,
  message,
  messages,
  open,
  say,
  signIn,
  startBuilt,
  talkTo,
  titled,
} from './test-page.ts'

let cluster: Built
let browser: Browser
const problems: string[] = []

beforeAll(async () => {
  cluster = await startBuilt()
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
/** What only a text that became markup can bring into the page. */
const INJECTED =
  'script, iframe, object, base, style, img:not([src^="/"]), a[href^="javascript" i], [onerror], [onload], [onclick]'

/** A page that tells of every dialog, of all that it is kept from by its policy, and of whatever comes from elsewhere. */
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

test('hostile names and texts are drawn as text, wherever they show, and nothing comes from elsewhere', async () => {
  const [eve, mal] = [await signIn(await watched(), NAMES[0]), await signIn(await watched(), NAMES[1])]
  await Promise.all([enter(eve, 'trap'), enter(mal, 'trap')])
  for (const text of TEXTS) {
    await composer(mal).pressSequentially(text[0]!)
    await say(mal, text)
  }
  await message(eve, TEXTS.at(-1)!).waitFor()
  expect(await messages(eve, '').locator('.text').allTextContents()).toEqual(TEXTS)
  await message(eve, TEXTS[0]!).hover()
  await message(eve, TEXTS[0]!).getByRole('button', { name: 'Reply' }).click()
  await eve.getByText(`Replying to ${NAMES[1]}: ${TEXTS[0]}`).waitFor()
  await say(eve, `@${NAMES[1]} no`)
  await message(mal, `@${NAMES[1]} no`)
    .getByRole('button', { name: `${NAMES[1]} ${TEXTS[0]}` })
    .waitFor()
  await message(mal, `@${NAMES[1]} no`).hover()
  await message(mal, `@${NAMES[1]} no`).getByRole('button', { name: 'React with thumbs up' }).click()
  await message(eve, `@${NAMES[1]} no`)
    .getByRole('button', { name: `thumbs up, 1: ${NAMES[1]}` })
    .waitFor()
  for (const page of [eve, mal]) expect(await injected(page)).toEqual([])

  await talkTo(eve, NAMES[1])
  await say(eve, TEXTS[1]!)
  await mal
    .getByRole('link', { name: `${NAMES[0]}, online, 1 unread` })
    .getByText(TEXTS[1]!)
    .waitFor()
  await mal.getByRole('link', { name: `${NAMES[0]}, online, 1 unread` }).click()
  await message(mal, TEXTS[1]!).waitFor()
  await eve.getByText(`Seen by ${NAMES[1]}`).waitFor()
  await titled(eve, `${NAMES[1]} – Hubbub`)
  await eve.keyboard.press('Control+k')
  await eve.getByRole('option', { name: NAMES[1] }).waitFor()
  await eve.keyboard.press('Escape')
  for (const page of [eve, mal]) expect(await injected(page)).toEqual([])

  for (const page of [eve, mal]) await page.getByRole('button', { name: 'Talk to a stranger' }).click()
  const talk = mal.getByRole('dialog', { name: 'Talk to a stranger' })
  await talk.getByRole('heading', { name: NAMES[0] }).waitFor()
  const field = eve.getByRole('dialog').getByRole('textbox', { name: 'Say to the stranger' })
  await field.fill(TEXTS[2]!)
  await field.press('Enter')
  await talk.getByText(TEXTS[2]!).waitFor()
  for (const page of [eve, mal]) expect(await injected(page)).toEqual([])
  expect(problems).toEqual([])
}, 120_000)

test('an address with markup in it is a text as well, and the view of the cluster keeps to its policy', async () => {
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

test('a page that is kept from something by its policy says so, or these tests would see nothing', async () => {
  const page = await watched()
  await page.evaluate(() => {
    const image = document.createElement('img')
    image.src = 'https://elsewhere.example/x.png'
    document.body.append(image)
  })
  for (const seen of ['img-src: https://elsewhere.example/', 'asked https://elsewhere.example/x.png'])
    while (!problems.some((problem) => problem.startsWith(seen))) await delay(10)
}, 60_000)
