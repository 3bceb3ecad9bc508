import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import {
  acknowledged,
  type Built,
  composer,
  enter,
  launch,
  message,
  open,
  say,
  signIn,
  startBuilt,
  talkTo,
  trouble,
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
  await Promise.all(browser.contexts().map((context) => context.close()))
})

describe('the page', () => {
  test('two people meet: they see each other, the typing, and what is said, as text', async () => {
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
    await say(bob, 'Hello yourself')
    await message(ada, 'Hello yourself').getByRole('button', { name: 'Ada <b>Hello</b>' }).waitFor()
    expect(problems).toEqual([])
  })

  test('a direct message reaches the other one, who opens it, which shows', async () => {
    const [eve, fay] = await Promise.all([arrive('Eve'), arrive('Fay')])
    await talkTo(eve, 'Fay')
    await say(eve, 'Between us')
    await fay.getByRole('link', { name: 'Eve, online, 1 unread' }).click()
    await message(fay, 'Between us').waitFor()
    await eve.getByText('Seen by Fay').waitFor()
  })

  test('who has seen the last message is in sight as soon as it is known', async () => {
    const [jan, kim] = await Promise.all([arrive('Jan'), arrive('Kim')])
    await jan.setViewportSize({ width: 1000, height: 400 })
    await enter(jan, 'attic')
    await say(jan, `${'word '.repeat(400)}end`)
    await message(jan, 'end').waitFor()
    await enter(kim, 'attic')
    await jan.getByText('Seen by Kim').waitFor()
    await jan.waitForFunction(() => {
      const line = document.querySelector('.seen-by')!
      const log = line.closest('.log')!
      if (log.scrollHeight <= log.clientHeight) throw new Error('There is nothing to scroll.')
      return line.getBoundingClientRect().bottom <= log.getBoundingClientRect().bottom
    })
  })

  test('what is said without a connection is said once it is back, and a reload keeps who one is', async () => {
    const gil = await arrive('Gil')
    await gil.getByRole('button', { name: 'Connection details' }).click()
    await gil.getByRole('radio', { name: 'Long-polling' }).check()
    await gil.getByRole('status', { name: 'Connection' }).getByText('by long-polling').waitFor()
    await gil.context().setOffline(true)
    await trouble(gil).waitFor()
    await say(gil, 'Am I heard?')
    await gil.getByText('One message waits to be sent.').waitFor()
    await gil.context().setOffline(false)
    await message(gil, 'Am I heard?').waitFor()
    // Signing out asks first while a message waits.
    await acknowledged(gil)

    await gil.reload()
    await message(gil, 'Am I heard?').getByText('Gil').waitFor()
    await gil.getByRole('status', { name: 'Connection' }).getByText('by long-polling').waitFor()
    await gil.getByRole('button', { name: 'Settings' }).click()
    await gil.getByRole('button', { name: 'Sign out' }).click()
    await gil.getByLabel('Your name').waitFor()
  })

  test('a name that will not do is answered with the reason', async () => {
    const page = await arriveAt()
    await page.getByLabel('Your name').fill('\u202Eeman')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').getByText('control or direction characters').waitFor()
  })

  test('a token that will not do any more sends one back to signing in, in words for people', async () => {
    const page = await arriveAt()
    await page.evaluate(() => localStorage.setItem('hubbub.token', 'of-another-cluster'))
    await page.reload()
    await page.getByRole('alert').getByText('Your session has ended. Sign in again.').waitFor()
    await signIn(page, 'Ida')
  })
})

const arriveAt = () => open(browser, cluster.url, (problem) => problems.push(problem))
const arrive = async (name: string) => signIn(await arriveAt(), name)
