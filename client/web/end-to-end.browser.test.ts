import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { type RunningCluster, startCluster } from '../../server/local/cluster.ts'
import { httpReady } from '../../server/local/http-ready.ts'
import type { ManagedProcess } from '../../server/local/managed-process.ts'
import {
  allAcknowledged,
  composer,
  connectionProblem,
  launch,
  message,
  messages,
  open,
  openDirectRoom,
  openRoom,
  send,
  signIn,
} from './test-page.ts'

/** Time for node processes to restart on a loaded machine. */
const A_WHILE_MS = 60_000

let cluster: RunningCluster
/** One browser per user. */
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

const connection = (page: Page) => page.getByRole('status', { name: 'Connection', exact: true })
const members = (page: Page) => page.getByRole('complementary', { name: 'Members' })
const typing = (page: Page) => page.getByRole('status', { name: 'Typing' })
const link = (page: Page, name: string | RegExp) =>
  page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name })
const texts = (page: Page) => messages(page, '').locator('.text').allTextContents()

/** A sender sees their message before its ordered entry, so wait for all texts before comparing two pages. */
async function shows(page: Page, said: readonly string[]): Promise<void> {
  for (const text of said) await messages(page, '').getByText(text, { exact: true }).first().waitFor()
}

async function nodeOf(page: Page): Promise<string> {
  const line = connection(page).getByText(/^Connected · n\d ·/)
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

/** Two users in separate browsers, connected to different nodes. */
async function two(names: [string, string], ...transports: ['websocket' | 'polling', 'websocket' | 'polling']) {
  const [one, other] = await Promise.all(names.map((name, i) => arrive(name, browsers[i]!, transports[i]!)))
  while ((await nodeOf(one!)) === (await nodeOf(other!))) await other!.reload()
  return [one!, other!] as const
}

describe('two users in two browsers, on two nodes', () => {
  test.each([
    ['over WebSocket', 'websocket', 'websocket'],
    ['over long-polling', 'polling', 'polling'],
    ['over one transport each', 'websocket', 'polling'],
  ] as const)(
    '%s: presence, typing, edits, replies, reactions, unread counts and direct messages work',
    async (by, one, other) => {
      const [a, b] = [`Ada ${by}`, `Bob ${by}`]
      const [ada, bob] = await two([a, b], one, other)
      await connection(ada)
        .getByText(one === 'polling' ? '· long-polling' : '· WebSocket')
        .waitFor()
      await connection(bob)
        .getByText(other === 'polling' ? '· long-polling' : '· WebSocket')
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
      await send(ada, `Hello ${by}`)
      await message(bob, `Hello ${by}`).getByText('(edited)').waitFor()
      expect(await messages(bob, `Helo ${by}`).count()).toBe(0)

      await message(bob, `Hello ${by}`).hover()
      await message(bob, `Hello ${by}`).getByRole('button', { name: 'Reply' }).click()
      await send(bob, `Hello yourself ${by}`)
      await message(ada, `Hello yourself ${by}`)
        .getByRole('button', { name: `${a} Hello ${by}` })
        .waitFor()
      await message(ada, `Hello yourself ${by}`).hover()
      await message(ada, `Hello yourself ${by}`).getByRole('button', { name: 'React with thumbs up' }).click()
      await message(bob, `Hello yourself ${by}`)
        .getByRole('button', { name: `thumbs up, 1: ${a}` })
        .waitFor()

      await openRoom(ada, 'attic')
      await send(bob, `Where are you? ${by}`)
      await link(ada, /^lobby, 1 unread/)
        .getByText(`Where are you? ${by}`)
        .waitFor()
      await openDirectRoom(bob, a)
      await send(bob, `psst ${by}`)
      await link(ada, `${b}, busy, 1 unread`).click()
      await message(ada, `psst ${by}`).waitFor()
      await bob.getByText(`Seen by ${a}`).waitFor()

      await openRoom(ada, 'lobby')
      await seen.waitFor()
      await bob.close()
      await seen.waitFor({ state: 'detached' })
    },
    180_000,
  )
})

test('when a node is killed while its user types, no message is lost or duplicated', async () => {
  const [cem, dag] = await two(['Cem', 'Dag'], 'websocket', 'polling')
  await Promise.all([openRoom(cem, 'killed'), openRoom(dag, 'killed')])
  const name = await nodeOf(cem)
  const node = cluster.nodes.find((each) => each.name === name)!
  await send(cem, 'before')
  await message(dag, 'before').waitFor()
  try {
    await composer(cem).pressSequentially('half ')
    await typing(dag).getByText('Cem is typing…').waitFor()
    node.kill('SIGKILL')
    await send(dag, 'meanwhile')
    await composer(cem).pressSequentially('a thought')
    await composer(cem).press('Enter')
    await send(dag, 'still there?')
    await message(dag, 'half a thought').waitFor()
    await message(cem, 'still there?').waitFor()
    expect(await nodeOf(cem)).not.toBe(name)
    await send(dag, 'good')
    await message(cem, 'good').waitFor()
    await connectionProblem(cem).waitFor({ state: 'hidden' })
    const said = ['before', 'good', 'half a thought', 'meanwhile', 'still there?']
    await Promise.all([cem, dag].map((page) => shows(page, said)))
    const order = await texts(cem)
    expect(order).toEqual(await texts(dag))
    expect([...order].sort()).toEqual(said)
  } finally {
    await startAgain([node])
  }
}, 180_000)

test('when every node is killed, the banner counts unsent messages, which arrive after the restart', async () => {
  const [eve, fay] = await two(['Eve', 'Fay'], 'websocket', 'polling')
  await Promise.all([openRoom(eve, 'dark'), openRoom(fay, 'dark')])
  await send(fay, 'before')
  await message(eve, 'before').waitFor()
  // Otherwise it would count as unsent below, because the node that acknowledges it is killed.
  await allAcknowledged(fay)
  try {
    await composer(eve).pressSequentially('in the ')
    for (const node of cluster.nodes) node.kill('SIGKILL')
    await composer(eve).pressSequentially('dark')
    await composer(eve).press('Enter')
    await send(eve, 'still')
    await send(fay, 'me too')
    await connectionProblem(eve).getByText("You're offline. Reconnecting… 2 unsent messages").waitFor()
    await connectionProblem(fay).getByText("You're offline. Reconnecting… 1 unsent message").waitFor()
    await eve.locator('.unsaid').filter({ hasText: 'still' }).getByText('Sending…').waitFor()
  } finally {
    await startAgain(cluster.nodes)
  }
  await message(fay, 'still').waitFor()
  await message(eve, 'me too').waitFor()
  for (const page of [eve, fay]) {
    await shows(page, ['before', 'in the dark', 'still', 'me too'])
    await connectionProblem(page).waitFor({ state: 'hidden' })
    expect(await page.locator('.unsaid').count()).toBe(0)
  }
  const order = await texts(eve)
  expect(order).toEqual(await texts(fay))
  expect(order.filter((text) => text !== 'me too')).toEqual(['before', 'in the dark', 'still'])
  expect(order.filter((text) => text === 'me too').length).toBe(1)
}, 180_000)

/** Restarts killed nodes on their ports; resolves when they are ready. */
async function startAgain(nodes: readonly ManagedProcess[]): Promise<void> {
  for (const node of nodes) {
    while (node.pid !== undefined) await delay(10)
    node.start()
  }
  const late = AbortSignal.timeout(A_WHILE_MS)
  await Promise.all(nodes.map((node) => httpReady(`http://127.0.0.1:${node.port}`, late)))
}
