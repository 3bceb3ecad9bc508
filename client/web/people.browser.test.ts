import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { startCluster, type TestCluster } from '../../server/test/cluster.ts'
import { composer, launch, open, send, signIn } from './test-page.ts'

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

const arrive = async (name: string, node = 0) => signIn(await open(browser, cluster.urls[node]!), name)
const members = (page: Page) => page.getByRole('complementary', { name: 'Members' })
const member = (page: Page, name: string) => members(page).getByRole('listitem').filter({ hasText: name })

test('a user without input for five minutes is away, and online again with the next input', async () => {
  const bob = await arrive('Bob', 1)
  const ada = await open(browser, cluster.urls[0]!)
  // The test triggers the five-minute timer.
  await ada.addInitScript(() => {
    const { setTimeout } = window
    const later = (work: () => void, ms?: number) => {
      if (ms === 300_000) Object.assign(window, { fiveMinutesPass: work })
      return setTimeout(work, ms)
    }
    Object.assign(window, { setTimeout: later })
  })
  await ada.reload()
  await signIn(ada, 'Ada')
  await member(bob, 'Ada').waitFor()
  await ada.evaluate(() => (window as unknown as { fiveMinutesPass(): void }).fiveMinutesPass())
  await member(bob, 'Ada').getByText('away').waitFor()
  await ada.keyboard.press('Shift')
  await member(bob, 'Ada').getByText('away').waitFor({ state: 'detached' })

  await ada.getByLabel('Your status').selectOption('busy')
  await member(bob, 'Ada').getByText('busy').waitFor()
  await ada.evaluate(() => (window as unknown as { fiveMinutesPass(): void }).fiveMinutesPass())
  // A later presence change of the same room proves that no earlier one is missing.
  await bob.getByLabel('Your status').selectOption('away')
  await member(ada, 'Bob').getByText('away').waitFor()
  await member(bob, 'Ada').getByText('busy').waitFor()
})

test('shows one name and a count when several users type', async () => {
  const [cem, ...others] = await Promise.all([arrive('Cem'), arrive('Dag', 1), arrive('Eve', 1), arrive('Fay', 1)])
  const typing = cem!.getByRole('status', { name: 'Typing' })
  // Typing expires, so it is repeated until all three overlap.
  const keys = others.map(async (page) => {
    while (!page.isClosed())
      await composer(page)
        .pressSequentially('..', { delay: 100 })
        .catch(() => {})
  })
  await typing.getByText(/^(Dag|Eve|Fay) and 2 others are typing…$/).waitFor()
  await Promise.all(others.map((page) => page.close()))
  await Promise.all(keys)
})

test('shows names in any script complete, in place and as text', async () => {
  const gil = await arrive('Gil')
  const names = ['נועה כהן', '👩‍👩‍👧‍👦 family', '<img src=x onerror=alert(1)>', 'محمد'] as const
  const drawn = ['נ', '👩‍👩‍👧‍👦', '<', 'م']
  const [noa] = await Promise.all(names.map((name) => arrive(name, 1)))
  for (const [i, name] of names.entries()) {
    expect(await member(gil, name).locator('.avatar').textContent()).toBe(drawn[i])
    expect(await member(gil, name).locator('.name bdi').textContent()).toBe(name)
    await gil.getByRole('button', { name: `Message ${name}` }).waitFor()
  }
  await composer(noa!).pressSequentially('שלום')
  await gil.getByRole('status', { name: 'Typing' }).getByText('נועה כהן is typing…').waitFor()
  // The sentence is left-to-right even around a right-to-left name.
  const [name, dots] = await gil.getByRole('status', { name: 'Typing' }).evaluate((line) => {
    const around = document.createRange()
    around.selectNodeContents(line.lastChild!)
    return [line.querySelector('bdi')!.getBoundingClientRect().right, around.getBoundingClientRect().left]
  })
  expect(dots).toBeGreaterThanOrEqual(name! - 1)
  await send(noa!, 'שלום @Gil!')
  const preview = gil.getByRole('navigation', { name: 'Rooms' }).getByText('נועה כהן: שלום @Gil!')
  await preview.waitFor()
})

test('a user has the same color on every page and after a reload', async () => {
  const [hal, ida] = await Promise.all([arrive('Hal'), arrive('Ida', 1)])
  const colour = (page: Page) =>
    member(page, 'Hal')
      .locator('.avatar')
      .evaluate((avatar) => getComputedStyle(avatar).backgroundColor)
  const seen = await colour(ida)
  expect(await colour(hal)).toBe(seen)
  await ida.reload()
  expect(await colour(ida)).toBe(seen)
})
