import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { startCluster, type TestCluster } from '../../server/test/cluster.ts'
import {
  accessibilityFindings,
  composer,
  connectionProblem,
  launch,
  message,
  open,
  openDirectRoom,
  openRoom,
  send,
  signIn,
} from './test-page.ts'

// axe-core takes seconds, and more on a loaded machine.
jest.setTimeout(180_000)

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
  cluster.redis!.thaw()
  await Promise.all(browser.contexts().map((context) => context.close()))
})

const arriveAt = () => open(browser, cluster.urls[0]!)
const arrive = async (name: string) => signIn(await arriveAt(), name)
const PHONE = { width: 390, height: 844 }

describe('axe-core finds nothing', () => {
  test('on the sign-in form, with and without an error', async () => {
    const page = await arriveAt()
    expect(await accessibilityFindings(page)).toEqual([])
    await page.getByLabel('Your name').fill('\u202Eeman')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
    expect(await accessibilityFindings(page)).toEqual([])
  })

  test('in a room with users of every status, unread messages, a connection problem and a notice', async () => {
    const ada = await arrive('Ada Lovelace')
    const others = await Promise.all(['Bob', 'נועה', '🦊'].map(arrive))
    await others[1]!.getByLabel('Your status').selectOption('away')
    await others[2]!.getByLabel('Your status').selectOption('busy')
    await send(others[0]!, 'Hello @Ada Lovelace')
    await message(ada, 'Hello').waitFor()
    await openRoom(ada, 'attic')
    await send(others[0]!, 'Where are you?')
    await openDirectRoom(others[0]!, 'Ada Lovelace')
    await send(others[0]!, 'psst')
    await ada.getByRole('link', { name: 'Bob, online, 1 unread' }).waitFor()
    await ada.getByRole('link', { name: /^lobby, 1 unread/ }).waitFor()
    expect(await accessibilityFindings(ada)).toEqual([])

    await openRoom(ada, 'lobby')
    await ada.getByRole('complementary', { name: 'Members' }).getByText('busy').waitFor()
    await ada.evaluate(() => {
      location.hash = '#/room/No Such Room'
    })
    await ada.getByRole('alert').waitFor()
    cluster.redis!.freeze()
    await connectionProblem(ada).getByText("can't be delivered").waitFor()
    expect(await accessibilityFindings(ada)).toEqual([])
    cluster.redis!.thaw()
    await connectionProblem(ada).getByText("can't be delivered").waitFor({ state: 'detached' })

    await ada.getByRole('link', { name: /^Bob/ }).click()
    await message(ada, 'psst').waitFor()
    expect(await accessibilityFindings(ada)).toEqual([])
  })

  test('in every dialog', async () => {
    const eve = await arrive('Eve')
    await eve.keyboard.press('Control+k')
    await eve.getByRole('combobox', { name: 'Room or person' }).fill('new-one')
    await eve.getByRole('option', { name: /new-one/ }).waitFor()
    expect(await accessibilityFindings(eve)).toEqual([])
    await eve.keyboard.press('Escape')
    await eve.getByRole('button', { name: 'Create or join a room' }).click()
    await eve.getByLabel('Room name').fill('?')
    await eve.getByText("can't contain").waitFor()
    expect(await accessibilityFindings(eve)).toEqual([])
    await eve.keyboard.press('Escape')
    await eve.getByRole('button', { name: 'Settings' }).click()
    expect(await accessibilityFindings(eve)).toEqual([])
  })

  test('on a phone, in the list, in a room, and among its members', async () => {
    const fay = await arrive('Fay')
    await fay.setViewportSize(PHONE)
    expect(await accessibilityFindings(fay)).toEqual([])
    await fay.getByRole('button', { name: /^Members/ }).click()
    await fay.getByRole('complementary', { name: 'Members' }).waitFor()
    expect(await accessibilityFindings(fay)).toEqual([])
    await fay.getByRole('button', { name: 'Close members' }).click()
    await fay.getByRole('link', { name: 'Rooms' }).click()
    await fay.getByRole('link', { name: 'lobby' }).waitFor()
    expect(await accessibilityFindings(fay)).toEqual([])
  })
})

describe('keyboard only', () => {
  test('the quick switcher opens any room', async () => {
    const gus = await arrive('Gus')
    const hal = await arrive('Hal')
    await hal.close()
    await gus.keyboard.press('Control+k')
    await gus.keyboard.type('Tea Time')
    await gus.getByRole('option', { name: /tea-time create or join/ }).waitFor()
    await gus.keyboard.press('Enter')
    await gus.getByRole('heading', { name: 'tea-time', level: 1 }).waitFor()
    await gus.keyboard.press('Control+k')
    await gus.keyboard.press('ArrowDown')
    const chosen = gus.getByRole('listbox', { name: 'Rooms and people' }).getByRole('option', { selected: true })
    expect(await gus.getByRole('combobox', { name: 'Room or person' }).getAttribute('aria-activedescendant')).toBe(
      await chosen.getAttribute('id'),
    )
    await gus.keyboard.type('lobb')
    await gus.keyboard.press('Enter')
    await gus.getByRole('heading', { name: 'lobby', level: 1 }).waitFor()
    await gus.keyboard.press('Alt+ArrowDown')
    await gus.getByRole('heading', { name: 'tea-time', level: 1 }).waitFor()
  })

  test('the first Tab stop skips the list, dialogs restore the focus, and the focus is visible', async () => {
    const ida = await arrive('Ida')
    const focused = () => ida.evaluate(() => document.activeElement?.textContent)
    // Start at the beginning of the page.
    await ida.getByText('Hubbub', { exact: true }).click()
    await ida.keyboard.press('Shift+Tab')
    expect(await focused()).toBe('Skip to conversation')
    const outline = await ida.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)
    expect(outline).not.toBe('none')
    await ida.keyboard.press('Enter')
    expect(await composer(ida).evaluate((box) => box === document.activeElement)).toBe(true)
    expect(new URL(ida.url()).hash).toBe('#/room/lobby')
    await ida.getByRole('button', { name: 'Settings' }).focus()
    await ida.keyboard.press('Enter')
    await ida.getByRole('dialog', { name: 'Settings' }).waitFor()
    await ida.keyboard.press('Escape')
    await ida.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await ida.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Settings')
  })
})

describe('on a phone', () => {
  test('the list and a room are separate views, connected by the browser history', async () => {
    const jan = await arriveAt()
    await jan.setViewportSize(PHONE)
    await signIn(jan, 'Jan')
    const list = jan.getByRole('navigation', { name: 'Rooms' })
    expect(await list.isVisible()).toBe(false)
    await jan.goBack()
    await list.waitFor()
    expect(await composer(jan).isVisible()).toBe(false)
    await list.getByRole('link', { name: 'lobby' }).click()
    await composer(jan).waitFor()
    await jan.getByRole('link', { name: 'Rooms' }).click()
    await list.waitFor()
    await jan.getByRole('button', { name: 'Create or join a room' }).click()
    await jan.getByLabel('Room name').fill('pocket')
    await jan.keyboard.press('Enter')
    await jan.getByRole('heading', { name: 'pocket', level: 1 }).waitFor()
    expect(await sideways(jan)).toBe(0)
    await jan.getByRole('button', { name: /^Members/ }).click()
    const members = jan.getByRole('complementary', { name: 'Members' })
    await members.waitFor()
    await jan.keyboard.press('Escape')
    await members.waitFor({ state: 'hidden' })
  })
})

test('the theme follows the system until the user chooses one, which survives a reload', async () => {
  const kim = await arrive('Kim')
  const ground = () => kim.evaluate(() => getComputedStyle(document.body).backgroundColor)
  await kim.emulateMedia({ colorScheme: 'light' })
  const light = await ground()
  await kim.emulateMedia({ colorScheme: 'dark' })
  const dark = await ground()
  expect(dark).not.toBe(light)
  await kim.getByRole('button', { name: 'Settings' }).click()
  await kim.getByRole('radio', { name: 'Light' }).check()
  expect(await ground()).toBe(light)
  await kim.reload()
  await composer(kim).waitFor()
  expect(await ground()).toBe(light)
})

/** By how many pixels the page scrolls horizontally. */
const sideways = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
