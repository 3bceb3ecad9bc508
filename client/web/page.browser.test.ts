import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import {
  allAcknowledged,
  type BuiltServer,
  composer,
  connectionProblem,
  launch,
  message,
  open,
  openDirectRoom,
  openRoom,
  send,
  signIn,
  startBuiltServer,
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
  await Promise.all(browser.contexts().map((context) => context.close()))
})

describe('the page', () => {
  test('two users see each other, typing and messages, as text', async () => {
    const [ada, bob] = await Promise.all([arrive('Ada'), arrive('Bob')])
    await bob.getByRole('complementary', { name: 'Members' }).getByText('Ada').waitFor()
    await ada.getByRole('complementary', { name: 'Members' }).getByText('Bob').waitFor()

    await composer(ada).pressSequentially('<b>Hello</b>')
    await bob.getByRole('status', { name: 'Typing' }).getByText('Ada is typing…').waitFor()
    await composer(ada).press('Enter')
    await message(bob, '<b>Hello</b>').getByText('Ada').waitFor()
    await bob.getByRole('status', { name: 'Typing' }).getByText('typing').waitFor({ state: 'detached' })

    await message(bob, 'Hello').hover()
    await message(bob, 'Hello').getByRole('button', { name: 'Reply' }).click()
    await send(bob, 'Hello yourself')
    await message(ada, 'Hello yourself').getByRole('button', { name: 'Ada <b>Hello</b>' }).waitFor()
    expect(problems).toEqual([])
  })

  test('a direct message arrives, and its sender sees when it is read', async () => {
    const [eve, fay] = await Promise.all([arrive('Eve'), arrive('Fay')])
    await openDirectRoom(eve, 'Fay')
    await send(eve, 'Between us')
    await fay.getByRole('link', { name: 'Eve, online, 1 unread' }).click()
    await message(fay, 'Between us').waitFor()
    await eve.getByText('Seen by Fay').waitFor()
  })

  test('scrolls the read receipt of the last message into view', async () => {
    const [jan, kim] = await Promise.all([arrive('Jan'), arrive('Kim')])
    await jan.setViewportSize({ width: 1000, height: 400 })
    await openRoom(jan, 'attic')
    await send(jan, `${'word '.repeat(400)}end`)
    await message(jan, 'end').waitFor()
    await openRoom(kim, 'attic')
    await jan.getByText('Seen by Kim').waitFor()
    await jan.waitForFunction(() => {
      const line = document.querySelector('.seen-by')!
      const log = line.closest('.log')!
      if (log.scrollHeight <= log.clientHeight) throw new Error('There is nothing to scroll.')
      return line.getBoundingClientRect().bottom <= log.getBoundingClientRect().bottom
    })
  })

  test('sends offline messages after the reconnect, and a reload keeps the user and transport', async () => {
    const gil = await arrive('Gil')
    await gil.getByRole('button', { name: 'Connection details' }).click()
    await gil.getByRole('radio', { name: 'Long-polling' }).check()
    await gil.getByRole('status', { name: 'Connection', exact: true }).getByText('· long-polling').waitFor()
    await gil.context().setOffline(true)
    await connectionProblem(gil).waitFor()
    await send(gil, 'Am I heard?')
    await gil.getByText('1 unsent message').waitFor()
    await gil.context().setOffline(false)
    await message(gil, 'Am I heard?').waitFor()
    // Signing out asks first while a message waits.
    await allAcknowledged(gil)

    await gil.reload()
    await message(gil, 'Am I heard?').getByText('Gil').waitFor()
    await gil.getByRole('status', { name: 'Connection', exact: true }).getByText('· long-polling').waitFor()
    await gil.getByRole('button', { name: 'Settings' }).click()
    await gil.getByRole('button', { name: 'Sign out' }).click()
    await gil.getByLabel('Your name').waitFor()
  })

  test('shows why a name is invalid', async () => {
    const page = await arriveAt()
    await page.getByLabel('Your name').fill('\u202Eeman')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').getByText('control or direction characters').waitFor()
  })

  test('an invalid token leads back to the sign-in form with an explanation', async () => {
    const page = await arriveAt()
    await page.evaluate(() => localStorage.setItem('hubbub.token', 'of-another-cluster'))
    await page.reload()
    await page.getByRole('alert').getByText('Your session has ended. Sign in again.').waitFor()
    await signIn(page, 'Ida')
  })
})

const arriveAt = () => open(browser, cluster.url, (problem) => problems.push(problem))
const arrive = async (name: string) => signIn(await arriveAt(), name)
