import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { accessibilityFindings, type BuiltServer, launch, open, signIn, startBuiltServer } from './test-page.ts'

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

const arrive = async (name: string) => signIn(await open(browser, cluster.url, (text) => problems.push(text)), name)
const talk = (page: Page) => page.getByRole('dialog', { name: 'Talk to a stranger' })
const line = (page: Page, text: string) => talk(page).getByRole('listitem').filter({ hasText: text })

async function tell(page: Page, text: string): Promise<void> {
  const field = talk(page).getByRole('textbox', { name: 'Message to the stranger' })
  await field.fill(text)
  await field.press('Enter')
}

test('strangers are matched, keep their conversation over a reload, leave and search again', async () => {
  const [ada, bob] = [await arrive('Ada'), await arrive('Bob')]
  await ada.getByRole('button', { name: 'Talk to a stranger' }).click()
  await talk(ada).getByRole('heading', { name: 'Looking for a stranger…' }).waitFor()
  await bob.getByRole('button', { name: 'Talk to a stranger' }).click()
  await talk(ada).getByRole('heading', { name: 'Bob' }).waitFor()
  await talk(bob).getByRole('heading', { name: 'Ada' }).waitFor()
  expect(await accessibilityFindings(ada, 'dialog')).toEqual([])

  await tell(ada, '<b>hello</b>')
  await line(bob, '<b>hello</b>').waitFor()
  await talk(bob).getByRole('textbox', { name: 'Message to the stranger' }).pressSequentially('hm')
  await talk(ada).getByRole('status', { name: 'Typing' }).getByText('Bob is typing…').waitFor()

  await bob.reload()
  await line(bob, '<b>hello</b>').waitFor()
  await tell(bob, 'still here')
  await line(ada, 'still here').waitFor()
  await line(bob, 'still here').waitFor()
  for (const page of [ada, bob])
    expect(await page.getByRole('navigation', { name: 'Rooms' }).getByText('match:').count()).toBe(0)

  await talk(bob).getByRole('button', { name: 'Hide' }).click()
  await tell(ada, 'are you?')
  await bob.getByRole('button', { name: /Talking to Ada.*1 new/ }).click()
  await line(bob, 'are you?').waitFor()

  await talk(ada).getByRole('button', { name: 'Leave' }).click()
  await talk(ada).waitFor({ state: 'detached' })
  await talk(bob).getByText('Ada has left.').waitFor()
  await talk(bob).getByRole('button', { name: 'Find someone else' }).click()
  const cleo = await arrive('Cleo')
  await cleo.getByRole('button', { name: 'Talk to a stranger' }).click()
  await talk(bob).getByRole('heading', { name: 'Cleo' }).waitFor()
  expect(await line(bob, '').count()).toBe(0)
  await talk(bob).getByRole('button', { name: 'Find someone else' }).click()
  await talk(cleo).getByText('Bob has left.').waitFor()
  await talk(bob).getByRole('button', { name: 'Stop looking' }).click()
  await bob.getByRole('button', { name: 'Talk to a stranger' }).waitFor()
  expect(problems).toEqual([])
}, 180_000)
