import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { type RunningCluster, startCluster } from '../../server/local/cluster.ts'
import { httpReady } from '../../server/local/http-ready.ts'
import type { ManagedProcess } from '../../server/local/managed-process.ts'
import {
  acknowledged,
  composer,
  enter,
  launch,
  message,
  messages,
  open,
  say,
  signIn,
  talkTo,
  trouble,
} from './test-page.ts'

/** Node processes have to start again, on a machine that has much else to do. */
const A_WHILE_MS = 60_000

let cluster: RunningCluster
/** A browser for each of the two. */
let browsers: Browser[] = []

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, restart: false, env: { LOG_LEVEL: 'error' } })
  browsers = await Promise.all([launch(), launch()])
}, 90_000)
afterAll(async () => {
  for (const browser of browsers) await browser.close()
  await cluster?.stop()
})
afterEach(async () => {
  await Promise.all(browsers.flatMap((browser) => browser.contexts()).map((context) => context.close()))
})

const connection = (page: Page) => page.getByRole('status', { name: 'Connection' })
const members = (page: Page) => page.getByRole('complementary', { name: 'Members' })
const typing = (page: Page) => page.getByRole('status', { name: 'Typing' })
const link = (page: Page, name: string | RegExp) =>
  page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name })
const texts = (page: Page) => messages(page, '').locator('.text').allTextContents()

/** What one says oneself is there ahead of its turn: whoever compares two pages waits for all of it, on both. */
async function shows(page: Page, said: readonly string[]): Promise<void> {
  for (const text of said) await messages(page, '').getByText(text, { exact: true }).first().waitFor()
}

async function nodeOf(page: Page): Promise<string> {
  const line = connection(page).getByText(/^Connected to n\d by/)
  await line.waitFor()
  return /n\d/.exec((await line.textContent())!)![0]
}

async function arrive(name: string, browser: Browser, transport: 'websocket' | 'polling'): Promise<Page> {
  const page = await open(browser, cluster.url)
  page.context().setDefaultTimeout(A_WHILE_MS)
  await page.evaluate((transport) => localStorage.setItem('hubbub.transport', transport), transport)
  await page.reload()
  return signIn(page, name)
}

/** Two people, each in a browser of their own, whom the edge gave to two nodes. */
async function two(names: [string, string], ...transports: ['websocket' | 'polling', 'websocket' | 'polling']) {
  const [one, other] = await Promise.all(names.map((name, i) => arrive(name, browsers[i]!, transports[i]!)))
  while ((await nodeOf(one!)) === (await nodeOf(other!))) await other!.reload()
  return [one!, other!] as const
}

describe('two people in two browsers, on two nodes', () => {
  test.each([
    ['by WebSocket', 'websocket', 'websocket'],
    ['by long-polling', 'polling', 'polling'],
    ['by one of each', 'websocket', 'polling'],
  ] as const)(
    'talk %s: presence, typing, edits, replies, reactions, news, and between themselves',
    async (by, one, other) => {
      const [a, b] = [`Ada ${by}`, `Bob ${by}`]
      const [ada, bob] = await two([a, b], one, other)
      await connection(ada)
        .getByText(one === 'polling' ? 'by long-polling' : 'by WebSocket')
        .waitFor()
      await connection(bob)
        .getByText(other === 'polling' ? 'by long-polling' : 'by WebSocket')
        .waitFor()
      const seen = members(ada).getByRole('listitem').filter({ hasText: b })
      await seen.waitFor()
      await bob.getByLabel('Your status').selectOption('busy')
      await seen.getByText('busy').waitFor()

      await composer(ada).pressSequentially(`Helo ${by}`)
      await typing(bob).getByText(`${a} is typing…`).waitFor()
      await composer(ada).press('Enter')
      await message(bob, `Helo ${by}`).waitFor()
      await message(ada, `Helo ${by}`).waitFor()
      await composer(ada).press('ArrowUp')
      await ada.getByText('Editing your message').waitFor()
      await say(ada, `Hello ${by}`)
      await message(bob, `Hello ${by}`).getByText('(edited)').waitFor()
      expect(await messages(bob, `Helo ${by}`).count()).toBe(0)

      await message(bob, `Hello ${by}`).hover()
      await message(bob, `Hello ${by}`).getByRole('button', { name: 'Reply' }).click()
      await say(bob, `Hello yourself ${by}`)
      await message(ada, `Hello yourself ${by}`)
        .getByRole('button', { name: `${a} Hello ${by}` })
        .waitFor()
      await message(ada, `Hello yourself ${by}`).hover()
      await message(ada, `Hello yourself ${by}`).getByRole('button', { name: 'React with thumbs up' }).click()
      await message(bob, `Hello yourself ${by}`)
        .getByRole('button', { name: `thumbs up, 1: ${a}` })
        .waitFor()

      await enter(ada, 'attic')
      await say(bob, `Where are you? ${by}`)
      await link(ada, /^lobby, 1 unread/)
        .getByText(`Where are you? ${by}`)
        .waitFor()
      await talkTo(bob, a)
      await say(bob, `psst ${by}`)
      await link(ada, `${b}, busy, 1 unread`).click()
      await message(ada, `psst ${by}`).waitFor()
      await bob.getByText(`Seen by ${a}`).waitFor()

      await enter(ada, 'lobby')
      await seen.waitFor()
      await bob.close()
      await seen.waitFor({ state: 'detached' })
    },
    180_000,
  )
})

test('the node that somebody types on is killed: they go on elsewhere, and nothing is lost or doubled', async () => {
  const [cem, dag] = await two(['Cem', 'Dag'], 'websocket', 'polling')
  await Promise.all([enter(cem, 'killed'), enter(dag, 'killed')])
  const name = await nodeOf(cem)
  const node = cluster.nodes.find((each) => each.name === name)!
  await say(cem, 'before')
  await message(dag, 'before').waitFor()
  try {
    await composer(cem).pressSequentially('half ')
    await typing(dag).getByText('Cem is typing…').waitFor()
    node.kill('SIGKILL')
    await say(dag, 'meanwhile')
    await composer(cem).pressSequentially('a thought')
    await composer(cem).press('Enter')
    await say(dag, 'still there?')
    await message(dag, 'half a thought').waitFor()
    await message(cem, 'still there?').waitFor()
    expect(await nodeOf(cem)).not.toBe(name)
    await say(dag, 'good')
    await message(cem, 'good').waitFor()
    await trouble(cem).waitFor({ state: 'hidden' })
    const said = ['before', 'good', 'half a thought', 'meanwhile', 'still there?']
    await Promise.all([cem, dag].map((page) => shows(page, said)))
    const order = await texts(cem)
    expect(order).toEqual(await texts(dag))
    expect([...order].sort()).toEqual(said)
  } finally {
    await startAgain([node])
  }
}, 180_000)

test('every node is killed: the banner says so and counts what waits, and goes when they are back', async () => {
  const [eve, fay] = await two(['Eve', 'Fay'], 'websocket', 'polling')
  await Promise.all([enter(eve, 'dark'), enter(fay, 'dark')])
  await say(fay, 'before')
  await message(eve, 'before').waitFor()
  // Else it would be counted below, since the node that could acknowledge it is killed.
  await acknowledged(fay)
  try {
    await composer(eve).pressSequentially('in the ')
    for (const node of cluster.nodes) node.kill('SIGKILL')
    await composer(eve).pressSequentially('dark')
    await composer(eve).press('Enter')
    await say(eve, 'still')
    await say(fay, 'me too')
    await trouble(eve).getByText('You are offline. Trying again… 2 messages wait to be sent.').waitFor()
    await trouble(fay).getByText('You are offline. Trying again… One message waits to be sent.').waitFor()
    await eve.locator('.unsaid').filter({ hasText: 'still' }).getByText('Waiting to be sent').waitFor()
  } finally {
    await startAgain(cluster.nodes)
  }
  await message(fay, 'still').waitFor()
  await message(eve, 'me too').waitFor()
  for (const page of [eve, fay]) {
    await shows(page, ['before', 'in the dark', 'still', 'me too'])
    await trouble(page).waitFor({ state: 'hidden' })
    expect(await page.locator('.unsaid').count()).toBe(0)
  }
  const order = await texts(eve)
  expect(order).toEqual(await texts(fay))
  expect(order.filter((text) => text !== 'me too')).toEqual(['before', 'in the dark', 'still'])
  expect(order.filter((text) => text === 'me too').length).toBe(1)
}, 180_000)

/** What was killed, on its old port; resolves when it is ready. */
async function startAgain(nodes: readonly ManagedProcess[]): Promise<void> {
  for (const node of nodes) {
    while (node.pid !== undefined) await delay(10)
    node.start()
  }
  const late = AbortSignal.timeout(A_WHILE_MS)
  await Promise.all(nodes.map((node) => httpReady(`http://127.0.0.1:${node.port}`, late)))
}
