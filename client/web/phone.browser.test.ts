import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { ChatClient } from '../sdk/client.ts'
import {
  accessibilityFindings,
  type BuiltServer,
  composer,
  launch,
  message,
  open,
  openRoom,
  send,
  signIn,
  startBuiltServer,
} from './test-page.ts'

const PHONE = { width: 390, height: 844 }
const LONG_NAME = 'WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW'

let cluster: BuiltServer
let browser: Browser
let talker: ChatClient
let page: Page

beforeAll(async () => {
  cluster = await startBuiltServer()
  browser = await launch()
  talker = new ChatClient({ url: cluster.url, name: LONG_NAME })
  talker.connect()
  await talker.join('lobby')
}, 60_000)
afterAll(async () => {
  talker?.close()
  await browser?.close()
  await cluster?.stop()
})
beforeEach(async () => {
  page = await open(browser, cluster.url)
  await page.setViewportSize(PHONE)
})
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
})

/** Elements that extend beyond the viewport, if the page scrolls horizontally. */
const beyond = () =>
  page.evaluate(() =>
    document.documentElement.scrollWidth <= innerWidth
      ? []
      : [...document.body.querySelectorAll('*')]
          .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1)
          .map((one) => one.outerHTML.slice(0, 200)),
  )

test('on a phone, no view scrolls horizontally, whatever the names and messages', async () => {
  const room = 'a-room-with-a-name-that-is-as-long-as-the-name-of-a-room-can-be'
  expect(await beyond()).toEqual([])
  await signIn(page, 'Ada')
  await talker.join(room)
  const { seq } = await talker.send(room, `https://a.example/${'long-'.repeat(60)}end of it`)
  await talker.send(room, `\`\`\`\n${'wide '.repeat(60)}\n\`\`\``, { replyTo: seq })
  await talker.send(room, `${'W'.repeat(300)} that was long`)
  for (const emoji of ['👍', '❤️', '😂', '🎉', '🚀', '👀', '🔥', '✅', '👏', '🤔']) await talker.react(room, seq, emoji)
  await openRoom(page, room)
  await message(page, 'that was long').waitFor()
  expect(await beyond()).toEqual([])
  await message(page, 'that was long').click()
  await message(page, 'that was long').getByRole('button', { name: 'Add reaction' }).click()
  await page.getByLabel('Find an emoji').waitFor()
  expect(await beyond()).toEqual([])
  await page.keyboard.press('Escape')
  await message(page, 'that was long').getByRole('button', { name: 'Reply' }).click()
  await page.getByText(`Replying to ${LONG_NAME}`).waitFor()
  expect(await beyond()).toEqual([])
  await page.getByRole('button', { name: /^Members/ }).click()
  await page.getByRole('complementary', { name: 'Members' }).getByText(LONG_NAME).waitFor()
  expect(await beyond()).toEqual([])
  await page.getByRole('button', { name: `Message ${LONG_NAME}` }).click()
  await page.getByRole('heading', { name: LONG_NAME, level: 1 }).waitFor()
  await composer(page).waitFor()
  expect(await beyond()).toEqual([])
  await page.getByRole('link', { name: 'Rooms' }).click()
  await page.getByRole('link', { name: room }).waitFor()
  expect(await beyond()).toEqual([])
  await page.getByRole('button', { name: 'Connection details' }).click()
  await page.getByRole('region', { name: 'Connection details' }).waitFor()
  expect(await beyond()).toEqual([])
  await page.getByRole('button', { name: 'Connection details' }).click()
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('dialog', { name: 'Settings' }).waitFor()
  expect(await beyond()).toEqual([])
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Talk to a stranger' }).click()
  await page.getByRole('heading', { name: 'Looking for a stranger…' }).waitFor()
  expect(await beyond()).toEqual([])
  expect(await accessibilityFindings(page, 'dialog')).toEqual([])
  await page.goto(`${cluster.url}/cluster`)
  await page.getByRole('table', { name: 'Nodes' }).getByText('n3').first().waitFor()
  await page.getByRole('region', { name: 'Memory' }).getByRole('img').waitFor()
  expect(await beyond()).toEqual([])
  expect(await accessibilityFindings(page)).toEqual([])
}, 120_000)

test('right-to-left text is aligned to the right, in the composer as well', async () => {
  await signIn(page, 'עדה')
  await openRoom(page, 'arabic')
  await composer(page).fill('مرحبا')
  expect(await composer(page).evaluate((box) => box.matches(':dir(rtl)'))).toBe(true)
  await send(page, 'مرحبا (hello) 42!')
  await send(page, 'From left to right')
  await message(page, 'From left to right').waitFor()
  const direction = (text: string) =>
    message(page, text)
      .locator('.text')
      .evaluate((one) => {
        const words = document.createRange()
        words.selectNodeContents(one)
        const [box, inside] = [one.getBoundingClientRect(), words.getBoundingClientRect()]
        return inside.left - box.left > box.right - inside.right ? 'rtl' : 'ltr'
      })
  expect(await direction('hello')).toBe('rtl')
  expect(await direction('From left')).toBe('ltr')
  expect(await message(page, 'hello').locator('.text').textContent()).toBe('مرحبا (hello) 42!')
}, 60_000)
