import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { startCluster, type TestCluster } from '../../server/test/cluster.ts'
import { launch, message, open, openDirectRoom, openRoom, send, signIn, waitForTitle } from './test-page.ts'

let cluster: TestCluster
let browser: Browser

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 })
  browser = await launch()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await cluster?.close()
})
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
})

interface Shown {
  title: string
  body: string
  tag: string
  onclick?(): void
}
interface Watched {
  asked: number
  shown: Shown[]
  inFront: boolean
}

/** A page with a fake Notification API that answers `answer`, and whose focus the test controls. */
async function arrive(name: string, answer: NotificationPermission): Promise<Page> {
  const page = await open(browser, cluster.urls[0]!)
  await page.addInitScript((answer) => {
    const watched: Watched = { asked: 0, shown: [], inFront: true }
    class Watching {
      static permission: NotificationPermission = 'default'
      static async requestPermission() {
        watched.asked++
        Watching.permission = answer
        return answer
      }
      constructor(title: string, { body, tag }: { body: string; tag: string }) {
        watched.shown.push(Object.assign(this, { title, body, tag }))
      }
      close() {}
    }
    Object.assign(window, { watched, Notification: Watching })
    document.hasFocus = () => watched.inFront
  }, answer)
  await page.reload()
  return signIn(page, name)
}

const watched = (page: Page) => page.evaluate(() => (window as unknown as { watched: Watched }).watched)
const putInFront = (page: Page, inFront: boolean) =>
  page.evaluate((inFront) => {
    ;(window as unknown as { watched: Watched }).watched.inFront = inFront
  }, inFront)

async function turnOn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByText('Your browser will ask for permission').waitFor()
  expect((await watched(page)).asked).toBe(0)
  await page.getByRole('button', { name: 'Turn on notifications' }).click()
}

test('notifies of mentions and direct messages while the page is in the background, if turned on', async () => {
  const ada = await arrive('Ada', 'granted')
  const bob = await signIn(await open(browser, cluster.urls[1]!), 'Bob')
  await turnOn(ada)
  await ada.getByRole('button', { name: 'Turn off notifications' }).waitFor()
  await ada.keyboard.press('Escape')
  await openRoom(ada, 'attic')

  await send(bob, '@Ada while you look')
  const lobby = ada.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: /^lobby/ })
  await lobby.getByText('while you look').waitFor()
  expect((await watched(ada)).shown).toEqual([])
  await waitForTitle(ada, '(1) attic – Hubbub')

  await putInFront(ada, false)
  await send(bob, 'nothing for Ada in particular')
  await send(bob, 'but this, @ada!')
  await lobby.getByText('but this, @ada!').waitFor()
  await openDirectRoom(bob, 'Ada')
  await send(bob, 'and this')
  await ada.getByRole('link', { name: 'Bob, online, 1 unread' }).waitFor()
  // The room list may update before the room receives the entry.
  await ada.waitForFunction(() => (window as unknown as { watched: Watched }).watched.shown.length > 1)
  expect((await watched(ada)).shown).toMatchObject([
    { title: 'Bob in #lobby', body: 'but this, @ada!', tag: 'lobby' },
    { title: 'Bob', body: 'and this', tag: expect.stringMatching(/^direct:/) },
  ])
  await waitForTitle(ada, '(3) attic – Hubbub')

  await ada.evaluate(() => (window as unknown as { watched: Watched }).watched.shown[1]!.onclick!())
  await message(ada, 'and this').waitFor()
  await ada.getByRole('heading', { name: 'Bob', level: 1 }).waitFor()

  await putInFront(ada, false)
  await ada.getByRole('button', { name: 'Settings' }).click()
  await ada.getByRole('button', { name: 'Turn off notifications' }).click()
  await ada.keyboard.press('Escape')
  await send(bob, 'unheard')
  await message(ada, 'unheard').waitFor()
  expect((await watched(ada)).shown).toHaveLength(2)
})

test('does not ask again after a denial, and explains where to change it', async () => {
  const cem = await arrive('Cem', 'denied')
  await turnOn(cem)
  await cem.getByText('Notifications are blocked.').waitFor()
  expect(await cem.getByRole('button', { name: 'Turn on notifications' }).count()).toBe(0)
  expect((await watched(cem)).asked).toBe(1)
})
